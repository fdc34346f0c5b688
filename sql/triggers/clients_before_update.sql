DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_before_update
  BEFORE UPDATE ON purser.clients FOR EACH ROW
BEGIN
  IF NOT OLD.thresholds <=> NEW.thresholds THEN
    CALL purser.usage_need_set(COALESCE(NEW.thresholds, 'default'));
  END IF;
  IF OLD.package <> NEW.package THEN
    CALL purser.usage_same_currency(NEW.id, OLD.package, NEW.package);
  END IF;
  SET NEW.updated_at = UTC_TIMESTAMP(6);
END//
DELIMITER ;
