DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_due(
  IN p_client BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next check looks at this client: its limits have changed. Used by triggers'
SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
UPDATE purser.client_usage AS u JOIN purser.usage_months AS m ON m.month = u.month
   SET u.due = TRUE
 WHERE u.client_id = p_client AND m.closed_at IS NULL//
DELIMITER ;
