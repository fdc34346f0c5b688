-- A mail that is there already is that of an alert whose row somebody deleted: it was told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_mail_alerts(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the mails of alerts and notes them there. Used by usage_check'
BEGIN
  DECLARE v_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_EXTRACT(j.piece, '$') ORDER BY j.n) INTO v_new
    FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (n FOR ORDINALITY, piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]')) AS j
    LEFT JOIN purser.outbox AS o ON o.dedup_key = CONCAT('usage:', j.client_id, ':', j.month, ':', j.threshold)
   WHERE o.id IS NULL;
  IF v_new IS NOT NULL THEN
    CALL purser.usage_mail(v_new, p_channel, NULL);
  END IF;
  UPDATE JSON_TABLE(p_rows, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           threshold DECIMAL(5,2) PATH '$[2]')) AS j
    STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = j.month AND a.threshold = j.threshold
    STRAIGHT_JOIN purser.outbox AS o ON o.dedup_key = CONCAT('usage:', j.client_id, ':', j.month, ':', j.threshold)
     SET a.outbox_id = o.id, a.email_sent = a.email_sent OR o.state = 'sent', a.sent_at = COALESCE(a.sent_at, o.finished_at);
  SET p_mails = GREATEST(ROW_COUNT() - (JSON_LENGTH(p_rows) - COALESCE(JSON_LENGTH(v_new), 0)), 0);
END//
DELIMITER ;
