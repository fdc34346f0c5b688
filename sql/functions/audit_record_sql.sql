-- One column: its value; several: a JSON array.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_record_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for record_id. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR c IN (SELECT c.n, c.k, c.o
              FROM JSON_TABLE(p_key, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w
              JOIN JSON_TABLE(p_columns, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k', o BIGINT UNSIGNED PATH '$.o')) AS c ON c.n = w.n
             ORDER BY w.at)
  DO
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '),
      purser.audit_value_sql(CONCAT(p_row, '.`', REPLACE(c.n, '`', '``'), '`'), c.k, IF(c.o > 16383, 16383, NULL)));
  END FOR;
  RETURN IF(JSON_LENGTH(p_key) = 1, v_list, CONCAT('JSON_ARRAY(', v_list, ')'));
END//
DELIMITER ;
