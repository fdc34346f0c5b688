DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_insert
  AFTER INSERT ON purser.usage_templates FOR EACH ROW
CALL purser.admin_note('insert', 'template', CONCAT(NEW.name, ' ', NEW.language), NULL, NULL, JSON_OBJECT('name', NEW.name, 'language', NEW.language, 'locale', NEW.locale, 'subject', NEW.subject, 'text', NEW.text, 'html', NEW.html))//
DELIMITER ;
