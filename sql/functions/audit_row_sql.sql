-- purser_audit_leaf takes 64 MiB a field, and a byte of text may become six of JSON: values share 10 MiB, each
-- has 1 MiB at most. JSON_OBJECT gives NULL where it would exceed max_allowed_packet: then only short values.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_row_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the JSON object of a row, never too long. Used by audit_enable'
BEGIN
  DECLARE v_long BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_bytes BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_limit BIGINT UNSIGNED;
  SELECT COUNT(*), COALESCE(SUM(LEAST(c.o, 1048576)), 0) INTO v_long, v_bytes
    FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n', o BIGINT UNSIGNED PATH '$.o')) AS c
    JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
   WHERE c.o > 16383;
  IF v_long = 0 THEN
    RETURN purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, 1048576);
  END IF;
  SET v_limit = LEAST(1048576, 10485760 DIV v_long);
  RETURN CONCAT('COALESCE(', purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, v_limit), ', ',
    purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, 64), ')');
END//
DELIMITER ;
