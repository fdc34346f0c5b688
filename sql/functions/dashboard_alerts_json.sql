-- The table has a row for each rule and check at most: it is read whole. Who acknowledged is not told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_alerts_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member alerts of dashboard_json: the 20 worst and oldest of those that fire'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR a IN (
    SELECT rule, subject, level, COALESCE(told_state, '') AS state, since, acknowledged_at IS NOT NULL AS is_known
      FROM purser.alerts
     WHERE since IS NOT NULL
     ORDER BY level DESC, since, rule, subject
     LIMIT 20)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','),
      '{"rule":', JSON_QUOTE(a.rule), ',"subject":', JSON_QUOTE(a.subject), ',"level":"', a.level,
      '","state":"', a.state, '","since":"', DATE_FORMAT(a.since, '%Y-%m-%dT%H:%i:%sZ'),
      '","acknowledged":', IF(a.is_known, 'true', 'false'), '}');
  END FOR;
  RETURN CONCAT('[', v_json, ']');
END//
DELIMITER ;
