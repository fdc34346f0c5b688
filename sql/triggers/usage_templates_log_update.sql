DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_update
  AFTER UPDATE ON purser.usage_templates FOR EACH ROW
IF NOT (OLD.name <=> NEW.name AND OLD.language <=> NEW.language AND OLD.locale <=> NEW.locale AND OLD.subject <=> NEW.subject AND OLD.text <=> NEW.text AND OLD.html <=> NEW.html) THEN
  CALL purser.admin_note('update', 'template', CONCAT(NEW.name, ' ', NEW.language), NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', OLD.language)),
      IF(OLD.locale <=> NEW.locale, '{}', JSON_OBJECT('locale', OLD.locale)),
      IF(OLD.subject <=> NEW.subject, '{}', JSON_OBJECT('subject', OLD.subject)),
      IF(OLD.text <=> NEW.text, '{}', JSON_OBJECT('text', OLD.text)),
      IF(OLD.html <=> NEW.html, '{}', JSON_OBJECT('html', OLD.html))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', NEW.language)),
      IF(OLD.locale <=> NEW.locale, '{}', JSON_OBJECT('locale', NEW.locale)),
      IF(OLD.subject <=> NEW.subject, '{}', JSON_OBJECT('subject', NEW.subject)),
      IF(OLD.text <=> NEW.text, '{}', JSON_OBJECT('text', NEW.text)),
      IF(OLD.html <=> NEW.html, '{}', JSON_OBJECT('html', NEW.html))));
END IF//
DELIMITER ;
