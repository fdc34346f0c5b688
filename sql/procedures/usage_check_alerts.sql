-- The percentages are those of purser.usage_percent, written out as in usage_check_levels, which says what p_changes is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_alerts(
  IN p_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes what usage_check_levels found: thresholds with their percentages, and what covers them. Used by usage_check'
BEGIN
  DECLARE v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_ARRAY(n.client_id, n.month, n.threshold, n.alert_type,
           COALESCE(GREATEST(n.percent_volume, n.percent_transactions), n.percent_volume, n.percent_transactions),
           IF(COALESCE(n.percent_volume, -1) >= COALESCE(n.percent_transactions, -1), 'volume', 'transactions'),
           n.volume, n.volume_limit, n.transactions, n.transaction_limit, n.currency, n.package,
           NULLIF(GREATEST(n.top, COALESCE((SELECT MAX(b.threshold) FROM purser.usage_alerts AS b -- told by another set
              WHERE b.client_id = n.client_id AND b.alert_month = n.month
                AND b.threshold <= GREATEST(COALESCE(n.percent_volume, 0), COALESCE(n.percent_transactions, 0))), 0)), n.threshold),
           n.id, n.reached) ORDER BY n.client_id, n.month, n.threshold)
    INTO v_alerts
    FROM (
      SELECT w.*,
             CASE WHEN w.volume_limit = 0 THEN IF(w.volume > 0, 999, 0) WHEN w.volume > w.volume_limit * 10000000 THEN 999999999.99 WHEN w.volume < 0 THEN 0
                  ELSE ((w.volume * 10000) DIV w.volume_limit) * 0.01 END AS percent_volume,
             CASE WHEN w.transaction_limit = 0 THEN IF(w.transactions > 0, 999, 0) WHEN w.transactions > w.transaction_limit * 10000000.0 THEN 999999999.99 WHEN w.transactions < 0 THEN 0
                  ELSE ((w.transactions * 10000) DIV w.transaction_limit) * 0.01 END AS percent_transactions
        FROM JSON_TABLE(p_changes, '$[*]' COLUMNS (
               client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
               volume DECIMAL(25,4) PATH '$[2]', volume_limit DECIMAL(19,4) PATH '$[3]', transactions DECIMAL(25) PATH '$[4]',
               transaction_limit BIGINT UNSIGNED PATH '$[5]', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[6]',
               package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[7]', top DECIMAL(5,2) PATH '$[8]',
               NESTED PATH '$[9][*]' COLUMNS (threshold DECIMAL(5,2) PATH '$[0]',
                 alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', id BIGINT UNSIGNED PATH '$[2]',
                 reached BOOLEAN PATH '$[3]'))) AS w
       WHERE w.threshold IS NOT NULL) AS n;
  CALL purser.usage_alert(v_alerts, p_channel, UTC_TIMESTAMP(6), p_mails);
END//
DELIMITER ;
