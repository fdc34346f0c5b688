DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_update
  BEFORE UPDATE ON purser.pricing_overrides FOR EACH ROW
BEGIN
  IF NEW.client_id <> OLD.client_id OR NEW.starts_at < OLD.starts_at OR NEW.ends_at > OLD.ends_at THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.override_locks (client_id, changes) VALUES (NEW.client_id, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
  END IF;
END//
DELIMITER ;
