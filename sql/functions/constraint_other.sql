DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_other(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The name of a constraint that says what a rule wants and that apply_constraints has not added, or NULL'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count INT DEFAULT JSON_LENGTH(p_want, '$.columns');
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_name = NULL;

  CASE JSON_VALUE(p_want, '$.kind')
  WHEN 'unique' THEN
    -- An index over some of the columns is stricter. Where NULL equals NULL, none of them may be NULL.
    SELECT s.name INTO v_name
      FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
             column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
             part INT PATH '$.part', many BOOLEAN PATH '$.many', nullable BOOLEAN PATH '$.nullable')) AS s
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = s.column_
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'index' AND o.object_name = s.name
     WHERE NOT s.many AND o.id IS NULL
     GROUP BY s.name
    HAVING SUM(j.name IS NULL OR s.part IS NOT NULL OR (JSON_VALUE(p_want, '$.nulls') = 'equal' AND s.nullable)) = 0
     ORDER BY s.name LIMIT 1;
  WHEN 'check' THEN
    SELECT c.name INTO v_name
      FROM JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type IN ('column', 'check') AND o.object_name = c.name
     WHERE o.id IS NULL AND purser.constraint_clause(c.clause, FALSE) = JSON_VALUE(p_want, '$.clause')
     ORDER BY c.name LIMIT 1;
  ELSE
    SELECT k.name INTO v_name
      FROM JSON_TABLE(v_live, '$.keys[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
             column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
             schema_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.schema',
             table_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
             ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.ref',
             on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.on_delete')) AS k
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = k.column_
      LEFT JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS f
        ON f.n = j.n AND f.name = k.ref
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'foreign_key' AND o.object_name = k.name
     WHERE k.schema_ = p_schema AND k.table_ = JSON_VALUE(p_want, '$.ref_table') AND o.id IS NULL
       AND REPLACE(k.on_delete, 'NO ACTION', 'RESTRICT') = JSON_VALUE(p_want, '$.on_delete')
     GROUP BY k.name
    HAVING COUNT(*) = v_count AND SUM(f.name IS NULL) = 0
     ORDER BY k.name LIMIT 1;
  END CASE;
  RETURN v_name;
END//
DELIMITER ;
