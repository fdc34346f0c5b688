-- The locks come first, so that all that is read after them is what was committed before. Rows are named by their whole
-- key: no gap is locked, in which a payment would wait. What the statements write comes in JSON from variables: it is the
-- same on a replica, and no row of clients or packages is locked by reading it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_batch(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks clients, given by their rows of client_usage, in a transaction of its own; p_missed: those whose rows are locked. Used by usage_check'
BEGIN
  DECLARE v_locked, v_quiet, v_levels, v_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  SET p_missed = NULL, p_mails = 0;
  CALL purser.usage_begin();
  CALL purser.usage_check_lock(p_slots, p_wait, v_locked, p_missed);
  CALL purser.usage_check_quiet(v_locked, v_quiet);
  IF v_locked IS NOT NULL THEN
    CALL purser.usage_check_levels(v_locked, v_levels, v_changes);
  END IF;
  IF v_changes IS NOT NULL THEN
    CALL purser.usage_check_alerts(v_changes, p_channel, p_mails);
  END IF;
  SET v_levels = IF(v_levels IS NULL, v_quiet, IF(v_quiet IS NULL, v_levels, JSON_MERGE_PRESERVE(v_quiet, v_levels)));
  UPDATE JSON_TABLE(v_levels, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS j
    STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
     SET u.quiet_volume = j.volume, u.quiet_transactions = j.transactions, u.due = FALSE;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
