-- No FOR: a list of a caller may be anything.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_names(
  IN p_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_option VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Names of columns as the table has them, or an error. Used by audit_enable'
BEGIN
  DECLARE v_name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_found VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE i INT UNSIGNED DEFAULT 0;

  SET p_names = '[]';
  IF COALESCE(JSON_TYPE(p_list), '') <> 'ARRAY' THEN
    CALL purser.audit_refuse(CONCAT('p_columns: "', p_option, '" has to be an array of names'));
  END IF;
  WHILE i < JSON_LENGTH(p_list) DO
    SET v_name = JSON_VALUE(p_list, CONCAT('$[', i, ']'));
    IF COALESCE(JSON_TYPE(JSON_EXTRACT(p_list, CONCAT('$[', i, ']'))), '') <> 'STRING' THEN
      CALL purser.audit_refuse(CONCAT('p_columns: "', p_option, '" has to be an array of names'));
    END IF;
    -- Names of columns differ in more than case.
    SET v_found = (SELECT c.n FROM JSON_TABLE(p_layout, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c
                    WHERE LOWER(c.n) = LOWER(v_name) LIMIT 1);
    IF v_found IS NULL THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the table has no column ''', LEFT(v_name, 64), ''' that could be audited ("', p_option, '")'));
    ELSEIF JSON_CONTAINS(p_names, JSON_QUOTE(v_found)) THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the column ''', v_found, ''' is there twice ("', p_option, '")'));
    END IF;
    SET p_names = JSON_ARRAY_APPEND(p_names, '$', v_found);
    SET i = i + 1;
  END WHILE;
END//
DELIMITER ;
