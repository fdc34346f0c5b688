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
  DECLARE v_currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_internal, v_gateway, v_matched, v_discrepancies BIGINT UNSIGNED DEFAULT 0;

  -- No derived table: see docs/internals/style.md, "A call that is interrupted".
  FOR c IN (
    SELECT k.currency AS currency,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0)) AS internal,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".gateway')), 0)) AS gateway,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".matched')), 0)) AS matched,
           0 AS discrepancies
      FROM purser.latest_runs AS r,
           JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k
     WHERE r.business_date = p_date AND (p_gateway IS NULL OR r.gateway = p_gateway)
     GROUP BY k.currency
     UNION ALL
    -- XXX is ISO 4217's code for no currency; the daemon counts with it, too
    SELECT IF(d.currency = '', 'XXX', d.currency), 0, 0, 0, COUNT(*)
      FROM purser.discrepancies AS d
      JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
     WHERE d.business_date = p_date AND d.holds AND (p_gateway IS NULL OR d.gateway = p_gateway)
     GROUP BY 1
     ORDER BY 1
     LIMIT 1000000) -- else the caller's sql_select_limit holds, as in all functions
  DO
    IF v_currency <> c.currency THEN
      SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(v_currency), ':{',
            purser.counts_json(p_prefix, v_internal, v_gateway, v_matched, v_discrepancies), '}'),
          v_internal = 0, v_gateway = 0, v_matched = 0, v_discrepancies = 0;
    END IF;
    SET v_currency = c.currency, v_internal = v_internal + c.internal, v_gateway = v_gateway + c.gateway,
        v_matched = v_matched + c.matched, v_discrepancies = v_discrepancies + c.discrepancies;
  END FOR;
  IF v_currency IS NOT NULL THEN
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(v_currency), ':{',
      purser.counts_json(p_prefix, v_internal, v_gateway, v_matched, v_discrepancies), '}');
  END IF;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;
