DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_mail_alerts(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the mails of alerts and notes them there. Used by usage_check'
BEGIN
  CALL purser.usage_mail(p_rows, p_channel, NULL);
  UPDATE JSON_TABLE(p_rows, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           threshold DECIMAL(5,2) PATH '$[2]')) AS j
    STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = j.month AND a.threshold = j.threshold
    STRAIGHT_JOIN purser.outbox AS o ON o.dedup_key = CONCAT('usage:', j.client_id, ':', j.month, ':', j.threshold)
     SET a.outbox_id = o.id;
  SET p_mails = ROW_COUNT();
END//
DELIMITER ;
