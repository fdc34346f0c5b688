DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage_history(
  p_client BIGINT UNSIGNED,
  p_limit INT UNSIGNED,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a page of a client''s closed months, the newest first, as JSON'
BEGIN
  DECLARE v_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(purser.api_cursor_text('h1', p_cursor), '9999-99');
  DECLARE v_json, v_next LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_more, n INT UNSIGNED DEFAULT 0;

  SET v_next = NULL, v_more = p_limit + 1;
  FOR h IN (SELECT month, package, volume, transactions, volume_limit, transaction_limit, price, currency, closed_at
              FROM purser.usage_history FORCE INDEX (PRIMARY)
             WHERE client_id = p_client AND month < v_before
             ORDER BY month DESC LIMIT v_more)
  DO
    SET n = n + 1;
    IF n > p_limit THEN
      SET v_next = purser.api_cursor(CONCAT('h1 ', v_before));
    ELSE
      SET v_before = h.month, v_json = CONCAT(v_json, IF(n = 1, '', ','),
        '{"month":"', h.month, '","package":', JSON_QUOTE(h.package), ',"volume":', purser.api_money_json(h.volume),
        ',"transactions":', h.transactions, ',"volume_limit":', purser.api_money_json(h.volume_limit),
        ',"transaction_limit":', COALESCE(h.transaction_limit, 'null'), ',"price":', purser.api_money_json(h.price),
        ',"currency":', JSON_QUOTE(h.currency), ',"closed_at":', purser.api_moment_json(h.closed_at), '}');
    END IF;
  END FOR;
  RETURN CONCAT('{"data":[', v_json, '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}');
END//
DELIMITER ;
