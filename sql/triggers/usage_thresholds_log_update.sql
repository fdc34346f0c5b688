DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_update
  AFTER UPDATE ON purser.usage_thresholds FOR EACH ROW
IF NOT (OLD.name_of_set <=> NEW.name_of_set AND OLD.threshold <=> NEW.threshold AND OLD.alert_type <=> NEW.alert_type) THEN
  CALL purser.admin_note('update', 'thresholds', CONCAT(NEW.name_of_set, ' ', NEW.threshold), NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name_of_set <=> NEW.name_of_set, '{}', JSON_OBJECT('name_of_set', OLD.name_of_set)),
      IF(OLD.threshold <=> NEW.threshold, '{}', JSON_OBJECT('threshold', OLD.threshold)),
      IF(OLD.alert_type <=> NEW.alert_type, '{}', JSON_OBJECT('alert_type', OLD.alert_type))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name_of_set <=> NEW.name_of_set, '{}', JSON_OBJECT('name_of_set', NEW.name_of_set)),
      IF(OLD.threshold <=> NEW.threshold, '{}', JSON_OBJECT('threshold', NEW.threshold)),
      IF(OLD.alert_type <=> NEW.alert_type, '{}', JSON_OBJECT('alert_type', NEW.alert_type))));
  CALL purser.usage_set_due(OLD.name_of_set);
  CALL purser.usage_set_due(NEW.name_of_set);
END IF//
DELIMITER ;
