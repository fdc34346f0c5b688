-- A client is told by its number: no name of a customer is on the dashboard.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_usage_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member usage of dashboard_json: thresholds reached this month, by type, and the 10 clients that reached most; 2000 alerts are read at most, the highest first'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_types, v_clients LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_read BIGINT DEFAULT 0;

  FOR t IN (SELECT a.alert_type, COUNT(*) AS alerts
              FROM (SELECT alert_type FROM purser.usage_alerts FORCE INDEX (by_threshold)
                     WHERE alert_month = v_month ORDER BY alert_month DESC, threshold DESC LIMIT 2000) AS a
             GROUP BY a.alert_type ORDER BY a.alert_type LIMIT 20)
  DO
    SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), JSON_QUOTE(t.alert_type), ':', t.alerts), v_read = v_read + t.alerts;
  END FOR;
  FOR c IN (
    SELECT m.client_id, m.threshold,
           (SELECT a.alert_type FROM purser.usage_alerts AS a
             WHERE a.client_id = m.client_id AND a.alert_month = v_month AND a.threshold = m.threshold) AS alert_type,
           l.package, purser.client_percent(
             (SELECT SUM(u.volume) FROM purser.client_usage AS u WHERE u.client_id = m.client_id AND u.month = v_month), l.volume_limit,
             (SELECT SUM(u.transactions) FROM purser.client_usage AS u WHERE u.client_id = m.client_id AND u.month = v_month), l.transaction_limit) AS used
      FROM (SELECT a.client_id, MAX(a.threshold) AS threshold, MAX(a.usage_percentage) AS percentage
              FROM (SELECT client_id, threshold, usage_percentage, cleared_at FROM purser.usage_alerts FORCE INDEX (by_threshold)
                     WHERE alert_month = v_month ORDER BY alert_month DESC, threshold DESC LIMIT 1000) AS a
             WHERE a.cleared_at IS NULL
             GROUP BY a.client_id ORDER BY percentage DESC, a.client_id LIMIT 10) AS m
      JOIN purser.client_limits AS l ON l.client_id = m.client_id
     ORDER BY used DESC, m.client_id
     LIMIT 10)
  DO
    SET v_clients = CONCAT(v_clients, IF(v_clients = '', '', ','), '{"client":', c.client_id, ',"package":', JSON_QUOTE(c.package),
      ',"type":', COALESCE(JSON_QUOTE(c.alert_type), '""'), ',"percent":"', COALESCE(c.used, ''), '"}');
  END FOR;
  RETURN CONCAT('{"month":"', COALESCE(v_month, ''), '","any":', IF(EXISTS (SELECT 1 FROM purser.clients), 'true', 'false'),
    ',"more":', IF(v_read >= 2000, 'true', 'false'), ',"alerts":{', v_types, '},"clients":[', v_clients, ']}');
END//
DELIMITER ;
