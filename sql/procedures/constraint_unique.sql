-- A column that may be NULL is, where NULL equals NULL, in the index as two hidden ones: its value, or a
-- constant of its type; and whether it is NULL. So the type must have a constant.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_unique(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the index of a unique rule, and how its violations are found'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_equal BOOLEAN DEFAULT JSON_VALUE(p_want, '$.nulls') = 'equal';
  DECLARE v_from TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_table));
  DECLARE v_list, v_groups, v_join, v_order, v_index, v_kind, v_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_parts, v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_base, v_name, v_null VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_table_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');

  -- What defines it, before the names that are made of it.
  FOR c IN (SELECT s.name, s.nullable, s.full_type AS type, s.co AS collation_
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_table_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name ORDER BY j.n)
  DO
    SET v_kind = CONCAT(v_kind, '\n', c.name, '\n', IF(v_equal AND c.nullable, CONCAT(c.type, '\n', COALESCE(c.collation_, '')), ''));
  END FOR;
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_', LEFT(SHA1(CONCAT('unique', v_kind)), 6));

  FOR c IN (SELECT j.n, s.name, s.nullable, s.type, s.full_type, s.cs, s.co,
                   CASE WHEN s.type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year') THEN '0'
                        WHEN s.type IN ('char', 'varchar', 'binary', 'varbinary') THEN ''''''
                        WHEN s.type = 'date' THEN 'DATE''1000-01-01'''
                        WHEN s.type = 'datetime' THEN 'TIMESTAMP''1000-01-01 00:00:00'''
                        WHEN s.type = 'time' THEN 'TIME''00:00:00''' END AS constant
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_table_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full',
                     cs VARCHAR(64) PATH '$.cs', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name ORDER BY j.n)
  DO
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), purser.constraint_quoted(c.name)),
        v_groups = CONCAT(v_groups, IF(v_groups = '', '', ', '), purser.constraint_quoted(c.name), ' AS `purser.g', c.n, '`'),
        v_order = CONCAT(v_order, 'd.`purser.g', c.n, '`, '),
        v_join = CONCAT(v_join, IF(v_join = '', '', ' AND '), 't.', purser.constraint_quoted(c.name), ' <=> d.`purser.g', c.n, '`');
    IF c.nullable AND v_equal THEN
      IF c.constant IS NULL THEN
        SET p_want = JSON_SET(p_want, '$.problem', CONCAT('column ', c.name, ' of type ', c.full_type,
          ' may be NULL: for such a type nulls must be distinct'));
      END IF;
      SET v_name = CONCAT(v_base, '_', c.n, 'v'), v_null = CONCAT(v_base, '_', c.n, 'n');
      SET v_index = CONCAT(v_index, IF(v_index = '', '', ', '), purser.constraint_quoted(v_name), ', ', purser.constraint_quoted(v_null)),
          v_live = JSON_ARRAY_APPEND(v_live, '$', v_name, '$', v_null),
          v_parts = JSON_ARRAY_APPEND(v_parts,
            '$', JSON_OBJECT('type', 'column', 'name', v_name, 'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_name), ' ', c.full_type,
              IF(c.cs IS NULL, '', CONCAT(' CHARACTER SET ', c.cs, ' COLLATE ', c.co)), ' AS (IFNULL(', purser.constraint_quoted(c.name),
              ', ', COALESCE(c.constant, 'NULL'), ')) VIRTUAL INVISIBLE COMMENT ''Purser: of the index ', v_base, '''')),
            '$', JSON_OBJECT('type', 'column', 'name', v_null, 'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_null),
              ' TINYINT(1) AS (', purser.constraint_quoted(c.name), ' IS NULL) VIRTUAL INVISIBLE COMMENT ''Purser: of the index ', v_base, '''')));
    ELSE
      SET v_index = CONCAT(v_index, IF(v_index = '', '', ', '), purser.constraint_quoted(c.name)),
          v_live = JSON_ARRAY_APPEND(v_live, '$', c.name);
      IF c.nullable THEN
        SET v_where = CONCAT(v_where, IF(v_where = '', ' WHERE ', ' AND '), purser.constraint_quoted(c.name), ' IS NOT NULL');
      END IF;
    END IF;
  END FOR;
  SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'index', 'name', v_base, 'columns', JSON_COMPACT(v_live),
    'add', CONCAT('ADD UNIQUE INDEX ', purser.constraint_quoted(v_base), ' (', v_index, ') COMMENT ''Purser: rule ', JSON_VALUE(p_want, '$.rule'), '''')));
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.parts', JSON_COMPACT(v_parts),
    '$.count', CONCAT('SELECT SUM(n) INTO @purser_constraint FROM (SELECT COUNT(*) AS n FROM ', v_from, v_where, ' GROUP BY ', v_list, ' HAVING COUNT(*) > 1) AS d'),
    '$.from', CONCAT('(SELECT ', v_groups, ' FROM ', v_from, v_where, ' GROUP BY ', v_list, ' HAVING COUNT(*) > 1 ORDER BY ', v_list,
      ' LIMIT 10) AS d JOIN ', v_from, ' AS t ON ', v_join),
    '$.order', v_order);
END//
DELIMITER ;
