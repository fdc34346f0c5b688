-- Commits by itself, in steps: killed at any moment, the next one goes on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check(
  IN p_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_clients BIGINT,
  OUT p_alerts BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Tells clients of the thresholds that they have reached; p_before: only in months before it. p_clients: how many it looked at, p_alerts: mails that it wrote'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_left BIGINT;
  DECLARE v_ahead CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;

  SET p_clients = 0, p_alerts = 0;
  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'The usage check commits by itself and cannot be part of a transaction: COMMIT or ROLLBACK first';
  END IF;
  SET SESSION group_concat_max_len = 1073741824;
  SET v_channel = purser.usage_channel();
  CALL purser.usage_check_overrides();
  CALL purser.usage_check_packages(v_channel, p_clients, p_alerts);
  IF v_channel IS NOT NULL AND p_before IS NULL THEN
    CALL purser.usage_check_owed(v_channel, p_alerts);
  END IF;
  -- A month that has not begun is not told of: what is written ahead stays due.
  SELECT MIN(month) INTO v_ahead FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6);
  CALL purser.usage_check_due(COALESCE(LEAST(p_before, v_ahead), p_before, v_ahead), v_channel, v_late, p_clients, p_alerts);
  CALL purser.usage_check_late(v_late, v_channel, p_alerts, v_left);
  SET SESSION group_concat_max_len = v_old;
END//
DELIMITER ;
