DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_highest(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of all alerts that clients have in a month, tells of each client the highest that is owed, unless a higher one was told. Used by usage_check_owed'
BEGIN
  DECLARE v_tell, v_cover LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_EXTRACT(o.piece, '$')) INTO v_tell
    FROM (SELECT j.*, MAX(j.threshold) OVER (PARTITION BY j.client_id) AS top
            FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
                   month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]', covered_by DECIMAL(5,2) PATH '$[12]',
                   outbox_id BIGINT UNSIGNED PATH '$[13]', cleared BOOLEAN PATH '$[14]')) AS j
           WHERE NOT j.cleared) AS o
   WHERE o.threshold = o.top AND o.outbox_id IS NULL AND o.covered_by IS NULL;
  SELECT JSON_ARRAYAGG(JSON_ARRAY(o.client_id, o.month, o.threshold, o.top)) INTO v_cover
    FROM (SELECT j.*, MAX(j.threshold) OVER (PARTITION BY j.client_id) AS top
            FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
                   month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]', covered_by DECIMAL(5,2) PATH '$[12]',
                   outbox_id BIGINT UNSIGNED PATH '$[13]', cleared BOOLEAN PATH '$[14]')) AS j
           WHERE NOT j.cleared) AS o
   WHERE o.threshold < o.top AND o.outbox_id IS NULL AND o.covered_by IS NULL;
  SET p_mails = 0;
  UPDATE JSON_TABLE(v_cover, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           threshold DECIMAL(5,2) PATH '$[2]', top DECIMAL(5,2) PATH '$[3]')) AS j
    STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = j.month AND a.threshold = j.threshold
     SET a.covered_by = j.top;
  IF v_tell IS NOT NULL THEN
    CALL purser.usage_mail_alerts(v_tell, p_channel, p_mails);
  END IF;
END//
DELIMITER ;
