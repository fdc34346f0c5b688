-- A cursor and not GROUP_CONCAT or JSON_ARRAYAGG: those cut their result silently at the caller's
-- group_concat_max_len. Rows are gathered in pieces, since each CONCAT copies what it appends to.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.discrepancies_json(
  p_date DATE, p_rows INT UNSIGNED, p_bytes INT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members discrepancies and discrepancies_left_out of a report: at most that many rows and bytes'
BEGIN
  DECLARE v_json, v_piece LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_rows, v_bytes, v_all BIGINT UNSIGNED DEFAULT 0;

  row_by_row: FOR d IN (
    SELECT CONCAT(
      '{"gateway":', JSON_QUOTE(d.gateway), ',"type":"', d.type,
      '","order_id":', JSON_QUOTE(d.order_id), ',"transaction_ref":', JSON_QUOTE(d.transaction_ref),
      ',"gateway_transaction_id":', JSON_QUOTE(d.gateway_transaction_id),
      -- money with two to four decimals: of the four that DECIMAL(19,4) prints, zeros go from the last two
      ',"internal_amount":', COALESCE(CONCAT('"', LEFT(d.internal_amount, LENGTH(d.internal_amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.internal_amount, 2)), '"'), 'null'),
      ',"gateway_amount":', COALESCE(CONCAT('"', LEFT(d.gateway_amount, LENGTH(d.gateway_amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.gateway_amount, 2)), '"'), 'null'),
      ',"difference":', COALESCE(CONCAT('"', LEFT(d.difference, LENGTH(d.difference) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.difference, 2)), '"'), 'null'),
      ',"currency":', JSON_QUOTE(d.currency), ',"gateway_currency":', JSON_QUOTE(d.gateway_currency),
      ',"internal_status":', JSON_QUOTE(d.internal_status), ',"gateway_status":', JSON_QUOTE(d.gateway_status),
      ',"state":"', d.state, '","detail":', JSON_QUOTE(d.detail), '}') AS line
      FROM purser.discrepancies AS d
      JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
     WHERE d.business_date = p_date AND d.holds
     ORDER BY d.gateway, d.type, d.transaction_ref, d.order_id, d.gateway_transaction_id
     LIMIT p_rows)
  DO
    SET v_bytes = v_bytes + LENGTH(d.line) + 1;
    IF v_bytes > p_bytes THEN
      LEAVE row_by_row;
    END IF;
    SET v_piece = CONCAT(v_piece, IF(v_rows = 0, '', ','), d.line), v_rows = v_rows + 1;
    IF v_rows MOD 100 = 0 THEN
      SET v_json = CONCAT(v_json, v_piece), v_piece = '';
    END IF;
  END FOR;

  SELECT COUNT(*) INTO v_all
    FROM purser.discrepancies AS d
    JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
   WHERE d.business_date = p_date AND d.holds;
  RETURN CONCAT('"discrepancies":[', v_json, v_piece, '],"discrepancies_left_out":', v_all - v_rows);
END//
DELIMITER ;
