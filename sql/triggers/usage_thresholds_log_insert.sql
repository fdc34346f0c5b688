DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_insert
  AFTER INSERT ON purser.usage_thresholds FOR EACH ROW
BEGIN
  CALL purser.admin_note('insert', 'thresholds', CONCAT(NEW.name_of_set, ' ', NEW.threshold), NULL, NULL, JSON_OBJECT('name_of_set', NEW.name_of_set, 'threshold', NEW.threshold, 'alert_type', NEW.alert_type));
  CALL purser.usage_set_due(NEW.name_of_set);
END//
DELIMITER ;
