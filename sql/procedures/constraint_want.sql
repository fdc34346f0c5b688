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
  DECLARE v_key, v_key_order, v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  -- skipped by information_schema: see constraint_part
  DECLARE EXIT HANDLER FOR 1684
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session is changing the definition of the table: call again when it has done';
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

  SELECT MAX(TABLE_NAME) INTO v_live FROM information_schema.TABLES
   WHERE TABLE_SCHEMA = p_schema AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
     AND (TABLE_NAME = v_table OR (@@lower_case_table_names <> 0 AND LOWER(TABLE_NAME) = LOWER(v_table)));
  SELECT MAX(TABLE_NAME) INTO v_live_ref FROM information_schema.TABLES
   WHERE TABLE_SCHEMA = p_schema AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')
     AND (TABLE_NAME = v_ref OR (@@lower_case_table_names <> 0 AND LOWER(TABLE_NAME) = LOWER(v_ref)));
  IF v_live IS NULL OR (v_ref IS NOT NULL AND v_live_ref IS NULL) THEN
    SET p_want = JSON_SET(p_want, '$.missing', CONCAT('there is no table ', IF(v_live IS NULL, v_table, v_ref),
      ', or this account sees nothing of it'));
    LEAVE main;
  END IF;
  SET p_want = JSON_SET(p_want, '$.table', v_live, '$.ref_table', v_live_ref, '$.nulls', v_nulls, '$.on_delete', v_on_delete,
    '$.expression', v_expression);

  -- The columns as the server spells them.
  FOR side IN (SELECT '$.columns' AS path, v_columns AS names, v_live AS tab UNION ALL SELECT '$.ref_columns', v_ref_columns, v_live_ref)
  DO
    IF side.names IS NOT NULL THEN
      SET p_want = JSON_SET(p_want, side.path, JSON_ARRAY());
      FOR c IN (SELECT j.name, s.COLUMN_NAME AS live
                  FROM JSON_TABLE(side.names, '$[*]' COLUMNS (n FOR ORDINALITY,
                         name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                  LEFT JOIN information_schema.COLUMNS AS s
                    ON s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = side.tab AND LOWER(s.COLUMN_NAME) = LOWER(j.name)
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
  FOR c IN (SELECT s.SEQ_IN_INDEX AS n, s.COLUMN_NAME AS name, t.CHARACTER_SET_NAME AS cs, t.DATA_TYPE AS type
              FROM information_schema.STATISTICS AS s
              JOIN information_schema.COLUMNS AS t
                ON t.TABLE_SCHEMA = p_schema AND t.TABLE_NAME = v_live AND t.COLUMN_NAME = s.COLUMN_NAME
             WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = v_live AND s.INDEX_NAME = 'PRIMARY'
             ORDER BY s.SEQ_IN_INDEX)
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
