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
    SELECT k.currency,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0)) AS internal,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".gateway')), 0)) AS gateway,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".matched')), 0)) AS matched,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".discrepancies')), 0)) AS discrepancies
      FROM purser.latest_runs AS r,
           JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k
     WHERE r.business_date = p_date AND (p_gateway IS NULL OR r.gateway = p_gateway)
     GROUP BY k.currency
     ORDER BY k.currency)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(c.currency), ':{',
      purser.counts_json(p_prefix, c.internal, c.gateway, c.matched, c.discrepancies), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;
