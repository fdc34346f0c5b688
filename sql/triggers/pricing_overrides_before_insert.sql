DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_insert
  BEFORE INSERT ON purser.pricing_overrides FOR EACH ROW
BEGIN
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  INSERT INTO purser.override_lock (id, changes) VALUES (1, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
END//
DELIMITER ;
