-- Of each day the run that latest_runs shows; one that is under way only where there is no other.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_reconciliation_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members gateways and reconciliation of dashboard_json: at most 16 gateways, the last 14 days of each'
BEGIN
  DECLARE v_gateways, v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_discrepancies BIGINT UNSIGNED DEFAULT 0;

  FOR g IN (SELECT name FROM purser.gateways WHERE enabled ORDER BY name LIMIT 16)
  DO
    SET v_gateways = CONCAT(v_gateways, IF(v_gateways = '', '', ','), JSON_QUOTE(g.name));
  END FOR;

  -- joined with the days one by one: so the index serves the day as well
  FOR r IN (
    SELECT t.gateway, t.business_date, t.state, t.matched, t.discrepancies, t.internal_records, t.gateway_records
      FROM (SELECT STRAIGHT_JOIN r.gateway, r.business_date, r.state, r.matched, r.discrepancies, r.internal_records,
                   r.gateway_records,
                   ROW_NUMBER() OVER (PARTITION BY r.gateway, r.business_date
                                      ORDER BY r.state = 'running', r.state = 'failed', r.id DESC) AS place
              FROM (SELECT name FROM purser.gateways WHERE enabled ORDER BY name LIMIT 16) AS g
              JOIN JSON_TABLE('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14]', '$[*]' COLUMNS (back INT PATH '$')) AS d
              JOIN purser.reconciliation_runs AS r
                ON r.gateway = g.name AND r.business_date = UTC_DATE() - INTERVAL d.back DAY) AS t
     WHERE t.place = 1
     ORDER BY t.business_date, t.gateway
     LIMIT 1000000) -- see currencies_json
  DO
    -- as it is now, not as the run left it; above a thousand nobody needs it that exactly
    SELECT COUNT(*) INTO v_discrepancies
      FROM (SELECT 1 FROM purser.discrepancies AS d
             WHERE d.gateway = r.gateway AND d.business_date = r.business_date AND d.holds LIMIT 1001) AS o;
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','),
      '{"date":"', r.business_date, '","gateway":', JSON_QUOTE(r.gateway), ',"state":"', r.state,
      '","matched":', r.matched, ',"discrepancies":',
      IF(v_discrepancies > 1000, GREATEST(v_discrepancies, r.discrepancies), v_discrepancies),
      ',"internal_records":', r.internal_records, ',"gateway_records":', r.gateway_records, '}');
  END FOR;
  RETURN CONCAT('"gateways":[', v_gateways, '],"reconciliation":[', v_json, ']');
END//
DELIMITER ;
