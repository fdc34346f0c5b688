-- What tells the rows of a table apart.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_key_json(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Columns of the primary key, else of the shortest unique key without NULL; [] where there is none. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_index VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT s.INDEX_NAME FROM information_schema.STATISTICS AS s
     WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = p_table AND s.NON_UNIQUE = 0
       -- nor an index of a constraint of Purser's that goes over hidden columns
       AND s.INDEX_NAME NOT IN (SELECT h.INDEX_NAME FROM information_schema.STATISTICS AS h JOIN information_schema.COLUMNS AS c
                                    ON c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table AND c.COLUMN_NAME = h.COLUMN_NAME
                                 WHERE h.TABLE_SCHEMA = p_schema AND h.TABLE_NAME = p_table
                                   AND c.COLUMN_NAME LIKE 'purser\_%' AND c.EXTRA LIKE '%GENERATED%' AND c.EXTRA LIKE '%INVISIBLE%')
     GROUP BY s.INDEX_NAME
    HAVING MAX(s.NULLABLE = 'YES') = 0 AND (s.INDEX_NAME = 'PRIMARY' OR MAX(s.SUB_PART IS NOT NULL) = 0)
     ORDER BY s.INDEX_NAME <> 'PRIMARY', COUNT(*), s.INDEX_NAME LIMIT 1);
  FOR c IN (SELECT s.COLUMN_NAME AS n
              FROM information_schema.STATISTICS AS s
              JOIN information_schema.COLUMNS AS c
                ON c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table AND c.COLUMN_NAME = s.COLUMN_NAME
             WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = p_table AND s.INDEX_NAME = v_index
               AND COALESCE(c.GENERATION_EXPRESSION, '') NOT IN ('ROW START', 'ROW END')
             ORDER BY s.SEQ_IN_INDEX)
  DO
    SET v_list = JSON_ARRAY_APPEND(v_list, '$', c.n);
  END FOR;
  RETURN v_list;
END//
DELIMITER ;
