-- INVOKER: it reads with the caller's own rights, and changes nothing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Says of each rule of constraint_rules whether it is in force in a shop, and which rows break it'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';

  CALL purser.constraint_schema(p_schema, FALSE, v_schema);
  FOR r IN (SELECT name FROM purser.constraint_rules ORDER BY name)
  DO
    SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_check_rule(v_schema, r.name, v_rows);
  END FOR;
  SELECT j.rule_name, j.table_name, j.kind, j.in_force, j.constraint_name, j.violations, j.first_keys, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.kind',
           in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.in_force',
           constraint_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           violations BIGINT UNSIGNED PATH '$.violations',
           first_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.keys',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
