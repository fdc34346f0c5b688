-- Without foreign_key_checks the server adds a key to a parent that is not there, has no index, is of another
-- engine or partitioned: that is looked at here.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_foreign_key(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the foreign key of a rule, and how its violations are found'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.ref_table');
  DECLARE v_on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.on_delete');
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_list, v_ref_list, v_join, v_where, v_kind LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_parts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count, v_found INT DEFAULT 0;
  -- skipped by information_schema: see constraint_part
  DECLARE EXIT HANDLER FOR 1684
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session is changing the definition of the table: call again when it has done';

  FOR c IN (SELECT j.n, s.COLUMN_NAME AS name, r.COLUMN_NAME AS ref_name, s.IS_NULLABLE = 'YES' AS nullable,
                   -- The width in which an integer is shown is no part of its type, and text may differ in length.
                   -- InnoDB compares the bytes of all others: another scale or another list of values never matches.
                   CASE WHEN s.DATA_TYPE LIKE '%int' THEN REGEXP_REPLACE(s.COLUMN_TYPE, '[(][0-9]+[)]', '')
                        WHEN s.DATA_TYPE LIKE '%char' OR s.DATA_TYPE LIKE '%text' OR s.DATA_TYPE IN ('varbinary', 'blob')
                        THEN CONCAT(s.DATA_TYPE, '/', COALESCE(s.COLLATION_NAME, '')) ELSE s.COLUMN_TYPE END AS type,
                   CASE WHEN r.DATA_TYPE LIKE '%int' THEN REGEXP_REPLACE(r.COLUMN_TYPE, '[(][0-9]+[)]', '')
                        WHEN r.DATA_TYPE LIKE '%char' OR r.DATA_TYPE LIKE '%text' OR r.DATA_TYPE IN ('varbinary', 'blob')
                        THEN CONCAT(r.DATA_TYPE, '/', COALESCE(r.COLLATION_NAME, '')) ELSE r.COLUMN_TYPE END AS ref_type
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN information_schema.COLUMNS AS s
                ON s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = v_table AND s.COLUMN_NAME = j.name
              JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k ON k.n = j.n
              JOIN information_schema.COLUMNS AS r
                ON r.TABLE_SCHEMA = p_schema AND r.TABLE_NAME = v_ref AND r.COLUMN_NAME = k.name ORDER BY j.n)
  DO
    IF c.type <> c.ref_type THEN
      SET v_problem = CONCAT('the columns ', v_table, '.', c.name, ' (', c.type, ') and ', v_ref, '.', c.ref_name, ' (', c.ref_type, ') differ in type');
    ELSEIF v_on_delete = 'SET NULL' AND NOT c.nullable THEN
      SET v_problem = CONCAT('ON DELETE SET NULL: the column ', c.name, ' may not be NULL');
    END IF;
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), purser.constraint_quoted(c.name)),
        v_ref_list = CONCAT(v_ref_list, IF(v_ref_list = '', '', ', '), purser.constraint_quoted(c.ref_name)),
        v_where = CONCAT(v_where, 't.', purser.constraint_quoted(c.name), ' IS NOT NULL AND '),
        v_join = CONCAT(v_join, IF(v_join = '', '', ' AND '), 'p.', purser.constraint_quoted(c.ref_name), ' = t.', purser.constraint_quoted(c.name)),
        v_kind = CONCAT(v_kind, '\n', c.name, '\n', c.ref_name), v_count = v_count + 1;
  END FOR;
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_',
    LEFT(SHA1(CONCAT('foreign_key\n', v_ref, '\n', v_on_delete, v_kind)), 6));
  -- With such a parent each INSERT would be refused, whatever it refers to.
  SET v_problem = COALESCE(v_problem, (
    SELECT IF(c.ENGINE <> 'InnoDB', NULL, CONCAT('the table ', v_ref, ' is ', IF(r.ENGINE <> 'InnoDB', CONCAT('of the engine ', r.ENGINE), 'partitioned'),
             ': InnoDB finds no rows in it'))
      FROM information_schema.TABLES AS r
      JOIN information_schema.TABLES AS c ON c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = v_table
     WHERE r.TABLE_SCHEMA = p_schema AND r.TABLE_NAME = v_ref AND (r.ENGINE <> 'InnoDB' OR r.CREATE_OPTIONS LIKE '%partitioned%')));
  -- An index of the parent that begins with the columns; and one of the child, ours apart.
  IF NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS AS s
                   JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.SEQ_IN_INDEX AND j.name = s.COLUMN_NAME
                  WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = v_ref AND s.SUB_PART IS NULL AND s.INDEX_TYPE = 'BTREE'
                  GROUP BY s.INDEX_NAME HAVING COUNT(*) = v_count) THEN
    SET v_problem = COALESCE(v_problem, CONCAT('the table ', v_ref, ' has no index that begins with the columns referred to'));
  END IF;
  SET v_found = (SELECT COUNT(*) FROM (SELECT s.INDEX_NAME FROM information_schema.STATISTICS AS s
                   JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.SEQ_IN_INDEX AND j.name = s.COLUMN_NAME
                  WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = v_table AND s.SUB_PART IS NULL AND s.INDEX_TYPE = 'BTREE'
                    AND s.INDEX_NAME <> v_base
                  GROUP BY s.INDEX_NAME HAVING COUNT(*) = v_count) AS i);
  IF v_found = 0 THEN
    SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'index', 'name', v_base,
      'columns', JSON_COMPACT(JSON_EXTRACT(p_want, '$.columns')),
      'add', CONCAT('ADD INDEX ', purser.constraint_quoted(v_base), ' (', v_list, ') COMMENT ''Purser: rule ', JSON_VALUE(p_want, '$.rule'), '''')));
  END IF;
  SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'foreign_key', 'name', v_base, 'add', CONCAT(
    'ADD CONSTRAINT ', purser.constraint_quoted(v_base), ' FOREIGN KEY (', v_list, ') REFERENCES ', purser.constraint_quoted(p_schema), '.',
    purser.constraint_quoted(v_ref), ' (', v_ref_list, ') ON DELETE ', v_on_delete)));
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.parts', JSON_COMPACT(v_parts), '$.problem', v_problem,
    '$.from', CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_table), ' AS t WHERE ', v_where,
      'NOT EXISTS (SELECT 1 FROM ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_ref), ' AS p WHERE ', v_join, ')'),
    '$.count', NULL, '$.order', '');
END//
DELIMITER ;
