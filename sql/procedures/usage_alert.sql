-- Each row of p_alerts: client, month, threshold, type, percentage, measure, volume, its limit, transactions, their limit,
-- currency, package, covered_by, the alert that is there already (or NULL), whether the threshold is reached.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_alert(
  IN p_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_now DATETIME(6),
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the alerts of thresholds that were reached or are so no more, and the mails. Used by usage_check'
BEGIN
  DECLARE v_mails LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  IF EXISTS (SELECT 1 FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[13]')) AS j WHERE j.id IS NOT NULL) THEN
    UPDATE JSON_TABLE(p_alerts, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[13]', reached BOOLEAN PATH '$[14]')) AS j
      STRAIGHT_JOIN purser.usage_alerts AS a ON a.id = j.id
       SET a.cleared_at = IF(j.reached, NULL, p_now);
  END IF;
  INSERT INTO purser.usage_alerts
    (client_id, threshold, alert_type, usage_percentage, measure, current_volume, max_volume, current_transactions,
     max_transactions, currency, package, alert_month, created_at, covered_by)
  SELECT j.client_id, j.threshold, j.alert_type, j.percentage, j.measure, j.volume, j.max_volume, j.transactions,
         j.max_transactions, j.currency, j.package, j.month, p_now, j.covered_by
    FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (
           n FOR ORDINALITY,
           client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]',
           alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[3]', percentage DECIMAL(12,2) PATH '$[4]', measure VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[5]',
           volume DECIMAL(25,4) PATH '$[6]', max_volume DECIMAL(19,4) PATH '$[7]', transactions BIGINT PATH '$[8]',
           max_transactions BIGINT UNSIGNED PATH '$[9]', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[10]', package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[11]',
           covered_by DECIMAL(5,2) PATH '$[12]',
           id BIGINT UNSIGNED PATH '$[13]', reached BOOLEAN PATH '$[14]')) AS j
   WHERE j.id IS NULL
   ORDER BY j.n;
  SELECT JSON_ARRAYAGG(JSON_EXTRACT(j.piece, '$') ORDER BY j.n) INTO v_mails
    FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (n FOR ORDINALITY, piece JSON PATH '$',
           covered_by DECIMAL(5,2) PATH '$[12]', id BIGINT UNSIGNED PATH '$[13]')) AS j
   WHERE j.id IS NULL AND j.covered_by IS NULL;
  SET p_mails = 0;
  IF p_channel IS NOT NULL AND v_mails IS NOT NULL THEN
    CALL purser.usage_mail_alerts(v_mails, p_channel, p_mails);
  END IF;
END//
DELIMITER ;
