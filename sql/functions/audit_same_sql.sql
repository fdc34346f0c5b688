-- Byte for byte: another case is a change, and so is a blank at the end, whatever the collation.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_same_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Condition that an UPDATE left columns as they were. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR c IN (SELECT c.n, c.k
              FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k')) AS c
              JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
             ORDER BY c.at)
  DO
    SET v_column = CONCAT('`', REPLACE(c.n, '`', '``'), '`');
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ' AND '), REPLACE(REPLACE(CASE
      WHEN c.k IN ('utf8', 'text', 'json', 'binary') THEN 'BINARY NEW.? <=> BINARY OLD.?'
      WHEN c.k = 'geometry' THEN 'HEX(NEW.?) <=> HEX(OLD.?)'
      WHEN c.k = 'enum' THEN 'NEW.? + 0 <=> OLD.? + 0'
      WHEN c.k = 'timestamp' THEN 'UNIX_TIMESTAMP(NEW.?) <=> UNIX_TIMESTAMP(OLD.?)'
      ELSE 'NEW.? <=> OLD.?' END, 'NEW.?', CONCAT('NEW.', v_column)), 'OLD.?', CONCAT('OLD.', v_column)));
  END FOR;
  RETURN v_list;
END//
DELIMITER ;
