DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_update
  BEFORE UPDATE ON purser.usage_templates FOR EACH ROW
BEGIN
  IF OLD.language = 'en' AND NOT (NEW.language = 'en' AND NEW.name = OLD.name) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'The template of the language en must stay: clients in languages that have none get it';
  END IF;
  CALL purser.usage_template_language(NEW.name, NEW.language, IF(NEW.name = OLD.name, OLD.language, NULL));
  CALL purser.usage_template_check(NEW.locale, NEW.subject, NEW.text, NEW.html);
END//
DELIMITER ;
