-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage_told(
  p_client BIGINT UNSIGNED,
  p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_percent DECIMAL(12,2))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members thresholds and alerts of api_usage: at most 100 of each'
BEGIN
  DECLARE v_thresholds, v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR t IN (SELECT t.threshold, t.alert_type, a.created_at
              FROM purser.usage_thresholds AS t
              LEFT JOIN purser.usage_alerts AS a ON a.client_id = p_client AND a.alert_month = p_month AND a.threshold = t.threshold
             WHERE t.name_of_set = p_set ORDER BY t.threshold LIMIT 100)
  DO
    SET v_thresholds = CONCAT(v_thresholds, IF(v_thresholds = '', '', ','),
      '{"threshold":', purser.api_number_json(t.threshold), ',"type":', JSON_QUOTE(t.alert_type),
      ',"reached":', IF(COALESCE(p_percent >= t.threshold, FALSE), 'true', 'false'),
      ',"reached_at":', purser.api_moment_json(t.created_at), '}');
  END FOR;
  FOR a IN (SELECT threshold, alert_type, usage_percentage, current_volume, max_volume, sent_at, email_sent
              FROM purser.usage_alerts WHERE client_id = p_client AND alert_month = p_month ORDER BY threshold LIMIT 100)
  DO
    SET v_alerts = CONCAT(v_alerts, IF(v_alerts = '', '', ','),
      '{"threshold":', purser.api_number_json(a.threshold), ',"type":', JSON_QUOTE(a.alert_type),
      ',"usage_percentage":', purser.api_number_json(a.usage_percentage),
      ',"current_volume":', purser.api_money_json(a.current_volume), ',"max_volume":', purser.api_money_json(a.max_volume),
      ',"sent_at":', purser.api_moment_json(a.sent_at), ',"email_sent":', IF(a.email_sent, 'true', 'false'), '}');
  END FOR;
  RETURN CONCAT('"thresholds":[', v_thresholds, '],"alerts":[', v_alerts, ']');
END//
DELIMITER ;
