-- A client that is paid by a hundred connections all the time is hardly ever found without a lock; who waits gets
-- its turn. Bounded: 2 s for a client, 60 s in all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_late(
  IN p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT,
  OUT p_left BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks, one at a time, the clients whose rows were locked. p_left: how many still wait. Used by usage_check'
BEGIN
  DECLARE v_end DATETIME(6) DEFAULT SYSDATE(6) + INTERVAL 60 SECOND;
  DECLARE v_slots, v_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why, v_first TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_mails BIGINT DEFAULT 0;
  DECLARE v_errors INT DEFAULT 0;
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.innodb_lock_wait_timeout;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION innodb_lock_wait_timeout = v_old;
    RESIGNAL;
  END;

  SET p_left = 0;
  SET SESSION innodb_lock_wait_timeout = 2;
  FOR late IN (SELECT DISTINCT client_id, month FROM JSON_TABLE(p_late, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
                 month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j)
  DO
    IF v_errors < 20 AND SYSDATE(6) < v_end THEN
      BEGIN
        DECLARE EXIT HANDLER FOR 1205, 1213
          SET p_left = p_left + 1;
        DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
        DECLARE EXIT HANDLER FOR SQLEXCEPTION
        BEGIN
          GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
          SET v_errors = v_errors + 1, p_left = p_left + 1,
              v_first = COALESCE(v_first, CONCAT('Client ', late.client_id, ' could not be checked: ', v_why));
        END;
        SET v_mails = 0;
        SELECT JSON_ARRAYAGG(JSON_ARRAY(client_id, month, slot)) INTO v_slots FROM purser.client_usage
         WHERE client_id = late.client_id AND month = late.month;
        IF v_slots IS NOT NULL THEN
          CALL purser.usage_check_batch(v_slots, TRUE, p_channel, v_missed, v_mails);
        END IF;
        SET p_mails = p_mails + v_mails;
      END;
    ELSE
      SET p_left = p_left + 1;
    END IF;
  END FOR;
  SET SESSION innodb_lock_wait_timeout = v_old;
  IF v_first IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_first;
  END IF;
END//
DELIMITER ;
