DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.currencies_json(
  p_date DATE,
  p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_prefix VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The object by_currency of a report: of one gateway, or summed over all where the gateway is NULL'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR c IN (
    SELECT s.currency, SUM(s.internal) AS internal, SUM(s.gateway) AS gateway, SUM(s.matched) AS matched,
           SUM(s.discrepancies) AS discrepancies
      FROM (SELECT k.currency,
                   COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0) AS internal,
                   COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".gateway')), 0) AS gateway,
                   COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".matched')), 0) AS matched,
                   0 AS discrepancies
              FROM purser.latest_runs AS r,
                   JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (
                     currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k
             WHERE r.business_date = p_date AND (p_gateway IS NULL OR r.gateway = p_gateway)
             UNION ALL
            -- XXX is ISO 4217's code for no currency; the daemon counts with it, too
            SELECT IF(d.currency = '', 'XXX', d.currency), 0, 0, 0, COUNT(*)
              FROM purser.discrepancies AS d
              JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
             WHERE d.business_date = p_date AND d.holds AND (p_gateway IS NULL OR d.gateway = p_gateway)
             GROUP BY 1) AS s
     GROUP BY s.currency
     ORDER BY s.currency
     LIMIT 1000000) -- else the caller's sql_select_limit holds, as in all functions
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(c.currency), ':{',
      purser.counts_json(p_prefix, c.internal, c.gateway, c.matched, c.discrepancies), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;
