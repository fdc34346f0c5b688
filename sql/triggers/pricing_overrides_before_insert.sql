DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_insert
  BEFORE INSERT ON purser.pricing_overrides FOR EACH ROW
BEGIN
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  INSERT INTO purser.override_locks (client_id, changes) VALUES (NEW.client_id, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
END//
DELIMITER ;
