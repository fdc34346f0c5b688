DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_lock(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  OUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Locks rows of client_usage, and says what they hold; p_missed: clients of whom a row is locked by others. Used by usage_check'
BEGIN
  IF p_wait THEN
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO p_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE;
  ELSE
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO p_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE SKIP LOCKED;
    IF JSON_LENGTH(p_slots) > COALESCE(JSON_LENGTH(p_locked), 0) THEN
      CALL purser.usage_check_whole(p_slots, p_locked, p_missed);
    END IF;
  END IF;
END//
DELIMITER ;
