-- Answers a JSON object: what is missing or wrong (missing, problem), the parts of the constraint with their
-- DDL, and the statements that count the rows which break it and show the first. Rules are data of somebody
-- who may have fewer rights than the caller, and CHECKs of a table can be turned off: all is looked at again.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_want(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: what a rule means in a schema, as JSON'
main: BEGIN
  DECLARE v_kind, v_nulls, v_on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_table, v_ref, v_live, v_live_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_columns, v_ref_columns, v_expression TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_json, v_json_ref LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_key, v_key_order, v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  -- An expression or a setting that is refused: the rule's problem, and the other rules go on.
  DECLARE EXIT HANDLER FOR SQLSTATE '45000'
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_problem = MESSAGE_TEXT;
    SET p_want = JSON_SET(p_want, '$.problem', v_problem);
  END;

  SELECT kind, table_name, column_names, nulls, expression, ref_table, ref_columns, on_delete
    INTO v_kind, v_table, v_columns, v_nulls, v_expression, v_ref, v_ref_columns, v_on_delete
    FROM purser.constraint_rules WHERE name = p_rule;
  SET p_want = JSON_OBJECT('rule', p_rule, 'kind', v_kind, 'table', v_table, 'missing', NULL, 'problem', NULL);
  IF p_rule NOT RLIKE '^[a-z0-9_]{1,40}$' OR v_kind NOT IN ('unique', 'check', 'foreign_key') OR (v_kind = 'check' AND v_expression IS NULL)
     OR (v_kind <> 'check' AND COALESCE(JSON_TYPE(v_columns) <> 'ARRAY' OR JSON_LENGTH(v_columns) = 0, TRUE))
     OR (v_kind = 'foreign_key' AND (v_ref IS NULL OR COALESCE(JSON_TYPE(v_ref_columns) <> 'ARRAY' OR JSON_LENGTH(v_ref_columns) <> JSON_LENGTH(v_columns), TRUE))) THEN
    SET p_want = JSON_SET(p_want, '$.problem', 'the row of the rule is against the CHECKs of its table');
    LEAVE main;
  END IF;

  CALL purser.constraint_table(p_schema, v_table, v_json);
  IF JSON_VALUE(v_json, '$.type') IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
    SET v_live = JSON_VALUE(v_json, '$.name');
  END IF;
  IF v_ref IS NOT NULL THEN
    CALL purser.constraint_table(p_schema, v_ref, v_json_ref);
    IF JSON_VALUE(v_json_ref, '$.type') IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
      SET v_live_ref = JSON_VALUE(v_json_ref, '$.name');
    END IF;
  END IF;
  IF v_live IS NULL OR (v_ref IS NOT NULL AND v_live_ref IS NULL) THEN
    SET p_want = JSON_SET(p_want, '$.missing', CONCAT('there is no table ', IF(v_live IS NULL, v_table, v_ref),
      ', or this account sees nothing of it'));
    LEAVE main;
  END IF;
  SET p_want = JSON_SET(p_want, '$.table', v_live, '$.ref_table', v_live_ref, '$.nulls', v_nulls, '$.on_delete', v_on_delete,
    '$.expression', v_expression, '$.live', JSON_COMPACT(v_json), '$.live_ref', JSON_COMPACT(v_json_ref));

  -- The columns as the server spells them.
  FOR side IN (SELECT '$.columns' AS path, v_columns AS names, v_live AS tab, v_json AS live UNION ALL SELECT '$.ref_columns', v_ref_columns, v_live_ref, v_json_ref)
  DO
    IF side.names IS NOT NULL THEN
      SET p_want = JSON_SET(p_want, side.path, JSON_ARRAY());
      FOR c IN (SELECT j.name, s.name AS live
                  FROM JSON_TABLE(side.names, '$[*]' COLUMNS (n FOR ORDINALITY,
                         name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                  LEFT JOIN JSON_TABLE(side.live, '$.columns[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS s
                    ON LOWER(s.name) = LOWER(j.name)
                 ORDER BY j.n)
      DO
        IF c.live IS NULL THEN
          SET v_problem = CONCAT('there is no column ', side.tab, '.', COALESCE(c.name, 'NULL'), ', or this account does not see it');
        END IF;
        SET p_want = JSON_ARRAY_APPEND(p_want, side.path, c.live);
      END FOR;
    END IF;
  END FOR;
  IF v_problem IS NOT NULL THEN
    SET p_want = JSON_SET(p_want, '$.problem', v_problem);
    LEAVE main;
  END IF;

  CASE v_kind
    WHEN 'unique' THEN CALL purser.constraint_unique(p_schema, p_want);
    WHEN 'check' THEN CALL purser.constraint_check(p_schema, p_want);
    ELSE CALL purser.constraint_foreign_key(p_schema, p_want);
  END CASE;

  -- The first keys as an array of objects. Bytes that are no text are shown in hexadecimal.
  FOR c IN (SELECT s.seq AS n, t.name, t.cs, t.type
              FROM JSON_TABLE(v_json, '$.indexes[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                     column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', seq INT PATH '$.seq')) AS s
              JOIN JSON_TABLE(v_json, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                     cs VARCHAR(64) PATH '$.cs', type VARCHAR(64) PATH '$.type')) AS t ON t.name = s.column_
             WHERE s.name = 'PRIMARY'
             ORDER BY s.seq)
  DO
    SET v_key = CONCAT(v_key, IF(v_key = '', '', ', '),
          CASE WHEN c.cs IS NOT NULL THEN CONCAT('CONVERT(t.', purser.constraint_quoted(c.name), ' USING utf8mb4)')
               WHEN c.type LIKE '%binary' OR c.type LIKE '%blob' THEN CONCAT('CONCAT(''0x'', HEX(t.', purser.constraint_quoted(c.name), '))')
               WHEN c.type = 'bit' THEN CONCAT('t.', purser.constraint_quoted(c.name), ' + 0')
               ELSE CONCAT('t.', purser.constraint_quoted(c.name)) END, ' AS `purser.k', c.n, '`'),
        v_keys = CONCAT(v_keys, IF(v_keys = '', '', ', '), QUOTE(c.name), ', `purser.k', c.n, '`'),
        v_key_order = CONCAT(v_key_order, IF(v_key_order = '', '', ', '), 't.', purser.constraint_quoted(c.name));
  END FOR;
  SET p_want = JSON_SET(p_want,
    '$.count', COALESCE(JSON_VALUE(p_want, '$.count'), CONCAT('SELECT COUNT(*) INTO @purser_constraint FROM ', JSON_VALUE(p_want, '$.from'))),
    '$.keys', IF(v_keys = '', NULL, CONCAT('SELECT JSON_ARRAYAGG(JSON_OBJECT(', v_keys, ')) INTO @purser_constraint FROM (SELECT ', v_key, ' FROM ',
      JSON_VALUE(p_want, '$.from'), ' ORDER BY ', JSON_VALUE(p_want, '$.order'), v_key_order, ' LIMIT 10) AS q')));
END//
DELIMITER ;
