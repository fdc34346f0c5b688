-- A row that a session without the table's checks has written ends nothing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_set_due(
  IN p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next check looks at all clients with this set of thresholds. Used by triggers'
SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
UPDATE purser.packages
   SET limits_changed_at = UTC_TIMESTAMP(6)
 WHERE thresholds = p_set OR name IN (SELECT c.package FROM purser.clients AS c WHERE c.thresholds = p_set)//
DELIMITER ;
