DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_some(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks a batch of clients; those that it could not check are added to p_late. Used by usage_check'
BEGIN
  DECLARE v_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_mails BIGINT DEFAULT 0;
  DECLARE v_failed BOOLEAN DEFAULT FALSE;
  DECLARE v_try INT DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed: that is no fault of these clients
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET v_failed = TRUE;

  REPEAT
    SET v_failed = FALSE, v_missed = NULL, v_mails = 0, v_try = v_try + 1;
    CALL purser.usage_check_batch(p_slots, FALSE, p_channel, v_missed, v_mails);
  UNTIL NOT v_failed OR v_try = 3 END REPEAT;
  IF v_failed THEN
    SET v_mails = 0,
        v_missed = (SELECT JSON_ARRAYAGG(JSON_ARRAY(d.client_id, d.month))
                      FROM (SELECT DISTINCT client_id, month
                              FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
                                     month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j) AS d);
  END IF;
  SET p_mails = p_mails + v_mails;
  -- What does not find room here is still due.
  IF v_missed IS NOT NULL AND JSON_LENGTH(p_late) < 2000 THEN
    SET p_late = JSON_MERGE_PRESERVE(p_late, v_missed);
  END IF;
END//
DELIMITER ;
