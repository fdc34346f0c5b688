-- p_names: of which columns; NULL: of all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_layout_hash(
  p_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Hash over names and types of columns. Used by audit_enable and audit_status'
BEGIN
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR c IN (SELECT c.n, c.t, c.s, c.k
              FROM JSON_TABLE(p_layout, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n', t LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.t',
                     s VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.s', k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k')) AS c
             WHERE p_names IS NULL OR JSON_CONTAINS(p_names, JSON_QUOTE(c.n))
             ORDER BY c.n)
  DO
    SET v_text = CONCAT(v_text, JSON_ARRAY(c.n, c.t, c.s, c.k));
  END FOR;
  RETURN SHA2(v_text, 256);
END//
DELIMITER ;
