DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_check(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the CHECK of a rule, and how its violations are found'
BEGIN
  DECLARE v_expression, v_clause, v_setting TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_plain TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_hidden BOOLEAN DEFAULT COALESCE((SELECT value FROM purser.settings WHERE name = 'constraint_hidden'), 'yes') <> 'no';
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET v_expression = TRIM(JSON_VALUE(p_want, '$.expression'));
  WHILE v_expression RLIKE '[{][a-z_]{1,64}[}]' DO
    SET v_setting = REGEXP_SUBSTR(v_expression, '[{][a-z_]{1,64}[}]');
    SET v_expression = REPLACE(v_expression, v_setting, purser.constraint_list(TRIM(BOTH '}' FROM TRIM(BOTH '{' FROM v_setting))));
  END WHILE;
  SET v_clause = purser.constraint_clause(v_expression, TRUE);
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_', LEFT(SHA1(CONCAT('check\n', v_clause)), 6));
  SET v_plain = CONCAT('ADD CONSTRAINT ', purser.constraint_quoted(v_base), ' CHECK (', v_expression, ')');
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.clause', v_clause,
    '$.parts', JSON_COMPACT(JSON_ARRAY(IF(v_hidden, JSON_OBJECT('type', 'check', 'name', v_base,
      'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_base), ' TINYINT(1) AS (1) VIRTUAL INVISIBLE COMMENT ''Purser: rule ',
        JSON_VALUE(p_want, '$.rule'), ''' CHECK (', v_expression, ')'),
      'otherwise', v_plain), JSON_OBJECT('type', 'check', 'name', v_base, 'add', v_plain)))),
    '$.from', CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(JSON_VALUE(p_want, '$.table')),
      ' AS t WHERE NOT (', v_expression, ')'),
    '$.count', NULL, '$.order', '');
END//
DELIMITER ;
