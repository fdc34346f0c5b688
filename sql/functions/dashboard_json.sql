-- Made every half a minute, on servers with millions of discrepancies and messages: each part reads by an
-- index, and no more than a number of rows that is written there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What the dashboard shows beside the checks: figures as of now, without any name of a customer or an order'
RETURN CONCAT(
  '{', purser.dashboard_reconciliation_json(), ',"discrepancies":', purser.dashboard_discrepancies_json(),
  ',"outbox":', purser.dashboard_outbox_json(), ',"alerts":', purser.dashboard_alerts_json(),
  ',"audit":', purser.dashboard_audit_json(), ',"rate_limits":', purser.dashboard_rate_limits_json(),
  ',"usage":', purser.dashboard_usage_json(), '}')//
DELIMITER ;
