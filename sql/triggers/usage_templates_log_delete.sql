DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_delete
  AFTER DELETE ON purser.usage_templates FOR EACH ROW
CALL purser.admin_note('delete', 'template', CONCAT(OLD.name, ' ', OLD.language), NULL, JSON_OBJECT('name', OLD.name, 'language', OLD.language, 'locale', OLD.locale, 'subject', OLD.subject, 'text', OLD.text, 'html', OLD.html), NULL)//
DELIMITER ;
