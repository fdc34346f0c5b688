DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_look(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_adding BOOLEAN)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: is a rule in force, by which constraint, and was adding it not finished?'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.base');
  DECLARE v_clause, v_noted TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_all BOOLEAN DEFAULT TRUE;
  DECLARE v_any, v_there BOOLEAN DEFAULT FALSE;
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE v_elsewhere LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  FOR part IN (SELECT j.type, j.name, j.columns FROM JSON_TABLE(p_want, '$.parts[*]' COLUMNS (
                 type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
                 name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                 columns JSON PATH '$.columns')) AS j)
  DO
    SET v_there = purser.constraint_part(v_live, part.type, part.name) IS NOT NULL;
    SET v_any = v_any OR v_there;
    -- The name alone says what it was; somebody may have changed it.
    IF v_there AND part.type = 'index' THEN
      SELECT COUNT(*) = JSON_LENGTH(part.columns) AND SUM(j.name IS NULL) = 0
             AND (NOT MAX(s.many) OR JSON_VALUE(p_want, '$.kind') <> 'unique')
        INTO v_there
        FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
               column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
               seq INT PATH '$.seq', part INT PATH '$.part', many BOOLEAN PATH '$.many')) AS s
        LEFT JOIN JSON_TABLE(part.columns, '$[*]' COLUMNS (
               n FOR ORDINALITY,
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
          ON j.n = s.seq AND j.name = s.column_ AND s.part IS NULL
       WHERE s.name = part.name;
    ELSEIF v_there AND part.type = 'check' THEN
      SELECT MAX(c.clause) INTO v_clause FROM JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
       WHERE c.name = part.name;
      SET v_noted = (SELECT MAX(IF(phase = 'adding', v_clause, clause)) FROM purser.constraint_objects
                      WHERE schema_name = p_schema AND table_name = v_table AND object_type IN ('column', 'check') AND object_name = part.name);
      SET v_there = v_clause IS NOT NULL
        AND (v_clause <=> v_noted OR purser.constraint_clause(v_clause, FALSE) = JSON_VALUE(p_want, '$.clause'));
    END IF;
    SET v_all = v_all AND v_there;
  END FOR;

  SET p_adding = EXISTS (SELECT 1 FROM purser.constraint_objects
                          WHERE schema_name = p_schema AND table_name = v_table AND rule_name = JSON_VALUE(p_want, '$.rule')
                            AND LEFT(object_name, CHAR_LENGTH(v_base)) = v_base AND phase = 'adding');
  IF v_all THEN
    SET p_in_force = IF(p_adding, 'partly', 'yes'), p_name = v_base;
  ELSE
    SET p_name = purser.constraint_other(p_schema, p_want);
    SET p_in_force = IF(p_name IS NOT NULL, 'yes', IF(v_any, 'partly', 'no'));
    IF p_in_force = 'no' THEN
      -- a former form, perhaps of another table
      FOR o IN (SELECT table_name, object_type, object_name FROM purser.constraint_objects
                 WHERE schema_name = p_schema AND rule_name = JSON_VALUE(p_want, '$.rule') ORDER BY id)
      DO
        IF o.table_name = v_table THEN
          SET v_elsewhere = v_live;
        ELSE
          CALL purser.constraint_table(p_schema, o.table_name, v_elsewhere);
        END IF;
        SET p_name = IF(purser.constraint_part(v_elsewhere, o.object_type, o.object_name) IS NULL, p_name, o.object_name);
      END FOR;
      SET p_in_force = IF(p_name IS NULL, 'no', 'partly');
    ELSEIF p_name IS NULL THEN
      SET p_name = v_base;
    END IF;
  END IF;
END//
DELIMITER ;
