DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reconcile(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Reconciles a day (NULL: yesterday) with a gateway (NULL: all enabled), waits, and answers with the summary and the discrepancies'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_date DATE;

  CALL purser.request_reconcile(p_date, p_gateway, TRUE, v_answer);
  SET v_date = JSON_VALUE(v_answer, '$.date');

  WITH runs AS (
    SELECT r.*
      FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id')) AS a
      JOIN purser.reconciliation_runs AS r ON r.id = a.id),
  summary AS (
    SELECT 0 AS position, gateway, state, internal_records, gateway_records, matched, discrepancies, error
      FROM runs
    UNION ALL
    SELECT 1, 'ALL',
           CASE WHEN SUM(state = 'running') > 0 THEN 'running'
                WHEN SUM(state = 'failed') > 0 THEN 'failed'
                WHEN SUM(state = 'incomplete') > 0 THEN 'incomplete'
                ELSE 'complete' END,
           CAST(COALESCE(SUM(internal_records), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(gateway_records), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(matched), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(discrepancies), 0) AS UNSIGNED),
           NULL
      FROM runs)
  SELECT v_date AS report_date, gateway, state, internal_records, gateway_records, matched, discrepancies,
         purser.percent(matched, internal_records) AS match_rate,
         purser.percent(discrepancies, internal_records) AS discrepancy_rate,
         error
    FROM summary
   ORDER BY position, gateway;

  SELECT d.id, d.gateway, d.type, d.order_id, d.transaction_ref, d.gateway_transaction_id,
         d.internal_amount, d.gateway_amount, d.difference, d.currency, d.state, d.detail
    FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (
           gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.gateway')) AS a
    JOIN purser.discrepancies AS d ON d.gateway = a.gateway AND d.business_date = v_date AND d.holds
   ORDER BY d.gateway, d.type, d.transaction_ref, d.order_id, d.gateway_transaction_id;
END//
DELIMITER ;
