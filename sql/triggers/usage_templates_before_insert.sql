DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_insert
  BEFORE INSERT ON purser.usage_templates FOR EACH ROW
BEGIN
  CALL purser.usage_template_language(NEW.name, NEW.language, NULL);
  CALL purser.usage_template_check(NEW.locale, NEW.subject, NEW.text, NEW.html);
END//
DELIMITER ;
