DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_part(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Whether a part of a constraint is in the table: as what it is there (a check may hang on a column), or NULL'
BEGIN
  IF p_type IN ('column', 'check') AND EXISTS (
       SELECT 1 FROM information_schema.COLUMNS
        WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND COLUMN_NAME = p_name AND EXTRA LIKE 'VIRTUAL GENERATED%') THEN
    RETURN 'column';
  ELSEIF p_type = 'check' AND EXISTS (
       SELECT 1 FROM information_schema.CHECK_CONSTRAINTS
        WHERE CONSTRAINT_SCHEMA = p_schema AND TABLE_NAME = p_table AND CONSTRAINT_NAME = p_name AND LEVEL = 'Table') THEN
    RETURN 'check';
  ELSEIF p_type = 'index' AND EXISTS (
       SELECT 1 FROM information_schema.STATISTICS
        WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND INDEX_NAME = p_name) THEN
    RETURN 'index';
  ELSEIF p_type = 'foreign_key' AND EXISTS (
       SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS
        WHERE CONSTRAINT_SCHEMA = p_schema AND TABLE_NAME = p_table AND CONSTRAINT_NAME = p_name) THEN
    RETURN 'foreign_key';
  END IF;
  RETURN NULL;
END//
DELIMITER ;
