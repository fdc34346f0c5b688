DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_delete
  BEFORE DELETE ON purser.usage_templates FOR EACH ROW
IF OLD.language = 'en' THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'The template of the language en must stay: clients in languages that have none get it';
END IF//
DELIMITER ;
