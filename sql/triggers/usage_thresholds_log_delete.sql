DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_delete
  AFTER DELETE ON purser.usage_thresholds FOR EACH ROW
BEGIN
  CALL purser.admin_note('delete', 'thresholds', CONCAT(OLD.name_of_set, ' ', OLD.threshold), NULL, JSON_OBJECT('name_of_set', OLD.name_of_set, 'threshold', OLD.threshold, 'alert_type', OLD.alert_type), NULL);
  CALL purser.usage_set_due(OLD.name_of_set);
END//
DELIMITER ;
