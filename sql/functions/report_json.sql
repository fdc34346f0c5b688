-- No number or time of a run is in it: running a day again without a change gives the same bytes.
-- 8 MiB keeps the whole below the default max_allowed_packet, above which CONCAT fails.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.report_json(p_date DATE)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The results of a business day over all gateways, as reconciliation_reports.results_json has them; NULL for NULL'
BEGIN
  DECLARE v_internal, v_gateway, v_matched, v_discrepancies BIGINT UNSIGNED DEFAULT 0;

  IF p_date IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT COALESCE(SUM(internal_records), 0), COALESCE(SUM(gateway_records), 0),
         COALESCE(SUM(matched), 0), COALESCE(SUM(discrepancies), 0)
    INTO v_internal, v_gateway, v_matched, v_discrepancies
    FROM purser.latest_runs
   WHERE business_date = p_date;

  RETURN CONCAT(
    '{"report_date":"', p_date, '","summary":{',
    purser.counts_json('total_', v_internal, v_gateway, v_matched, v_discrepancies),
    ',"by_currency":', purser.currencies_json(p_date, NULL, 'total_'),
    '},"gateways":', purser.gateways_json(p_date), ',',
    purser.discrepancies_json(p_date, 10000, 8388608), '}');
END//
DELIMITER ;
