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
  DECLARE v_found LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';

  -- Three simple statements in place of a UNION of views: see docs/internals/style.md, "A call that is interrupted".
  FOR c IN (
    SELECT k.currency,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0)) AS internal,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".gateway')), 0)) AS gateway,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".matched')), 0)) AS matched
      FROM purser.latest_runs AS r,
           JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k
     WHERE r.business_date = p_date AND (p_gateway IS NULL OR r.gateway = p_gateway)
     GROUP BY k.currency
     LIMIT 1000000) -- else the caller's sql_select_limit holds, as in all functions
  DO
    SET v_found = JSON_ARRAY_APPEND(v_found, '$', JSON_ARRAY(c.currency, c.internal, c.gateway, c.matched, 0));
  END FOR;
  FOR c IN (
    -- XXX is ISO 4217's code for no currency; the daemon counts with it, too
    SELECT IF(d.currency = '', 'XXX', d.currency) AS currency, COUNT(*) AS discrepancies
      FROM purser.discrepancies AS d
      JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
     WHERE d.business_date = p_date AND d.holds AND (p_gateway IS NULL OR d.gateway = p_gateway)
     GROUP BY 1
     LIMIT 1000000)
  DO
    SET v_found = JSON_ARRAY_APPEND(v_found, '$', JSON_ARRAY(c.currency, 0, 0, 0, c.discrepancies));
  END FOR;
  FOR c IN (
    SELECT f.currency, SUM(f.internal) AS internal, SUM(f.gateway) AS gateway, SUM(f.matched) AS matched,
           SUM(f.discrepancies) AS discrepancies
      FROM JSON_TABLE(v_found, '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
             internal BIGINT UNSIGNED PATH '$[1]', gateway BIGINT UNSIGNED PATH '$[2]',
             matched BIGINT UNSIGNED PATH '$[3]', discrepancies BIGINT UNSIGNED PATH '$[4]')) AS f
     GROUP BY f.currency
     ORDER BY f.currency
     LIMIT 1000000)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(c.currency), ':{',
      purser.counts_json(p_prefix, c.internal, c.gateway, c.matched, c.discrepancies), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;
