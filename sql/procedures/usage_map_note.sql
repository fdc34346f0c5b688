-- For map_usage and unmap_usage, which have their caller's rights: nobody may call admin_note, and this writes of the mapping alone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_note(
  IN p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes to admin_log which table is mapped now. Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_now, v_table LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SELECT MAX(value) INTO v_now FROM purser.settings WHERE name = 'usage_table';
  SET v_table = COALESCE(v_now, p_old);
  CALL purser.admin_note(IF(v_now IS NULL, 'unmap', 'map'), 'mapping',
    CONCAT(JSON_VALUE(v_table, '$[0]'), '.', JSON_VALUE(v_table, '$[1]')), NULL, p_old, IF(v_now IS NULL, NULL, p_spec));
END//
DELIMITER ;
