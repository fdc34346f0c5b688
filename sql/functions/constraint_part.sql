DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_part(
  p_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC CONTAINS SQL SQL SECURITY INVOKER
  COMMENT 'Whether a part of a constraint is in the table: as what it is there (a check may hang on a column), or NULL'
RETURN CASE
  WHEN p_type IN ('column', 'check') AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.columns[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', virtual_ BOOLEAN PATH '$.virtual')) AS c
     WHERE c.name = p_name AND c.virtual_) THEN 'column'
  WHEN p_type = 'check' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.checks[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', level VARCHAR(16) PATH '$.level')) AS c
     WHERE c.name = p_name AND c.level = 'Table') THEN 'check'
  WHEN p_type = 'index' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.indexes[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS i
     WHERE i.name = p_name) THEN 'index'
  WHEN p_type = 'foreign_key' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.keys[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS k
     WHERE k.name = p_name) THEN 'foreign_key' END//
DELIMITER ;
