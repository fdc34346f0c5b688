-- p_columns: as audit_columns_json makes it; p_row: OLD or NEW.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_object_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_limit BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the JSON object of a row. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR c IN (SELECT c.n, c.k, c.o, EXISTS (SELECT 1 FROM JSON_TABLE(p_masked, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS m WHERE m.n = c.n) AS masked
              FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k', o BIGINT UNSIGNED PATH '$.o')) AS c
              JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
             ORDER BY c.at)
  DO
    SET v_column = CONCAT(p_row, '.`', REPLACE(c.n, '`', '``'), '`');
    SET v_value = purser.audit_value_sql(v_column, c.k, IF(c.o > p_limit, p_limit, NULL));
    IF c.masked THEN
      SET v_value = CONCAT('CONCAT(''sha256:'', SHA2(CONCAT(', QUOTE(CONCAT(p_salt, ':', c.n, ':')), ', ', v_value, '), 256))');
    END IF;
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), '_utf8mb4', QUOTE(c.n), ', ', v_value);
  END FOR;
  RETURN CONCAT('JSON_OBJECT(', v_list, ')');
END//
DELIMITER ;
