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
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE v_live_ref LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live_ref');

  FOR c IN (SELECT j.n, s.name, r.name AS ref_name, s.nullable,
                   -- The width in which an integer is shown is no part of its type, and text may differ in length.
                   -- InnoDB compares the bytes of all others: another scale or another list of values never matches.
                   CASE WHEN s.type LIKE '%int' THEN REGEXP_REPLACE(s.full_type, '[(][0-9]+[)]', '')
                        WHEN s.type LIKE '%char' OR s.type LIKE '%text' OR s.type IN ('varbinary', 'blob')
                        THEN CONCAT(s.type, '/', COALESCE(s.co, '')) ELSE s.full_type END AS type,
                   CASE WHEN r.type LIKE '%int' THEN REGEXP_REPLACE(r.full_type, '[(][0-9]+[)]', '')
                        WHEN r.type LIKE '%char' OR r.type LIKE '%text' OR r.type IN ('varbinary', 'blob')
                        THEN CONCAT(r.type, '/', COALESCE(r.co, '')) ELSE r.full_type END AS ref_type
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name
              JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k ON k.n = j.n
              JOIN JSON_TABLE(v_live_ref, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS r
                ON r.name = k.name ORDER BY j.n)
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
  IF JSON_VALUE(v_live, '$.engine') = 'InnoDB' THEN
    SET v_kind = JSON_VALUE(v_live_ref, '$.engine');
    IF v_kind <> 'InnoDB' OR JSON_VALUE(v_live_ref, '$.options') LIKE '%partitioned%' THEN
      SET v_problem = COALESCE(v_problem, CONCAT('the table ', v_ref, ' is ', IF(v_kind <> 'InnoDB', CONCAT('of the engine ', v_kind), 'partitioned'),
        ': InnoDB finds no rows in it'));
    END IF;
  END IF;
  -- An index of the parent that begins with the columns; and one of the child, ours apart.
  IF NOT EXISTS (SELECT 1 FROM JSON_TABLE(v_live_ref, '$.indexes[*]' COLUMNS (
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                          column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', type VARCHAR(16) PATH '$.type',
                          seq INT PATH '$.seq', part INT PATH '$.part')) AS s
                   JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.seq AND j.name = s.column_
                  WHERE s.part IS NULL AND s.type = 'BTREE'
                  GROUP BY s.name HAVING COUNT(*) = v_count) THEN
    SET v_problem = COALESCE(v_problem, CONCAT('the table ', v_ref, ' has no index that begins with the columns referred to'));
  END IF;
  SET v_found = (SELECT COUNT(*) FROM (SELECT s.name FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                          column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', type VARCHAR(16) PATH '$.type',
                          seq INT PATH '$.seq', part INT PATH '$.part')) AS s
                   JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.seq AND j.name = s.column_
                  WHERE s.part IS NULL AND s.type = 'BTREE' AND s.name <> v_base
                  GROUP BY s.name HAVING COUNT(*) = v_count) AS i);
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
