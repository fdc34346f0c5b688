DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_column(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_option VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_types VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_advice VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_column VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds a column that an option names, or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SELECT MAX(COLUMN_NAME), MAX(LOWER(DATA_TYPE)) INTO p_column, p_type FROM information_schema.COLUMNS
   WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND LOWER(COLUMN_NAME) = LOWER(p_name);
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_options: "', p_option, '" is missing: the name of a column');
  ELSEIF p_column IS NULL THEN
    SET v_why = CONCAT('p_options: "', p_option, '" names the column ', '''', LEFT(p_name, 64), ''', which ''',
      p_table, ''' does not have or this account does not see');
  ELSEIF NOT FIND_IN_SET(p_type, p_types) THEN
    SET v_why = CONCAT('p_options: "', p_option, '" names the column ''', p_column, ''' of type ', p_type, ': ', p_advice);
  END IF;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
