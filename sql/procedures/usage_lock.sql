-- One that is missing is made: in a schema whose clients are older than the table, for one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_lock(
  IN p_client BIGINT UNSIGNED,
  IN p_from TINYINT UNSIGNED,
  IN p_slots TINYINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Locks p_slots rows of usage_locks from p_from on. Used by triggers and usage_count_first'
BEGIN
  DECLARE v_slot INT UNSIGNED DEFAULT p_from;
  WHILE v_slot < p_from + p_slots DO
    INSERT INTO purser.usage_locks (client_id, slot) VALUES (p_client, v_slot) ON DUPLICATE KEY UPDATE slot = VALUES(slot);
    SET v_slot = v_slot + 1;
  END WHILE;
END//
DELIMITER ;
