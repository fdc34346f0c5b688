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
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_name = NULL;
  -- skipped by information_schema: see constraint_part
  DECLARE EXIT HANDLER FOR 1684
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session is changing the definition of the table: call again when it has done';

  CASE JSON_VALUE(p_want, '$.kind')
  WHEN 'unique' THEN
    -- An index over some of the columns is stricter. Where NULL equals NULL, none of them may be NULL.
    SELECT s.INDEX_NAME INTO v_name
      FROM information_schema.STATISTICS AS s
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = s.COLUMN_NAME
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'index' AND o.object_name = s.INDEX_NAME
     WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = v_table AND s.NON_UNIQUE = 0 AND o.id IS NULL
     GROUP BY s.INDEX_NAME
    HAVING SUM(j.name IS NULL OR s.SUB_PART IS NOT NULL
               OR (JSON_VALUE(p_want, '$.nulls') = 'equal' AND s.NULLABLE = 'YES')) = 0
     ORDER BY s.INDEX_NAME LIMIT 1;
  WHEN 'check' THEN
    SELECT c.CONSTRAINT_NAME INTO v_name
      FROM information_schema.CHECK_CONSTRAINTS AS c
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type IN ('column', 'check') AND o.object_name = c.CONSTRAINT_NAME
     WHERE c.CONSTRAINT_SCHEMA = p_schema AND c.TABLE_NAME = v_table AND o.id IS NULL
       AND purser.constraint_clause(c.CHECK_CLAUSE, FALSE) = JSON_VALUE(p_want, '$.clause')
     ORDER BY c.CONSTRAINT_NAME LIMIT 1;
  ELSE
    SELECT k.CONSTRAINT_NAME INTO v_name
      FROM information_schema.KEY_COLUMN_USAGE AS k
      JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r
        ON r.CONSTRAINT_SCHEMA = p_schema AND r.TABLE_NAME = v_table AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = k.COLUMN_NAME
      LEFT JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS f
        ON f.n = j.n AND f.name = k.REFERENCED_COLUMN_NAME
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'foreign_key' AND o.object_name = k.CONSTRAINT_NAME
     WHERE k.TABLE_SCHEMA = p_schema AND k.TABLE_NAME = v_table AND k.REFERENCED_TABLE_SCHEMA = p_schema
       AND k.REFERENCED_TABLE_NAME = JSON_VALUE(p_want, '$.ref_table') AND o.id IS NULL
       AND REPLACE(r.DELETE_RULE, 'NO ACTION', 'RESTRICT') = JSON_VALUE(p_want, '$.on_delete')
     GROUP BY k.CONSTRAINT_NAME
    HAVING COUNT(*) = v_count AND SUM(f.name IS NULL) = 0
     ORDER BY k.CONSTRAINT_NAME LIMIT 1;
  END CASE;
  RETURN v_name;
END//
DELIMITER ;
