-- Without the two of system versioning: the server writes them with each change. Without those that hold a constraint of
-- Purser's: they come and go with it, and a trigger that names one that is gone fails each write.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_columns_json(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Columns of a table that can be audited: name, type, character set, kind, bytes at most. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  FOR c IN (SELECT c.COLUMN_NAME AS n, c.DATA_TYPE AS d, c.COLUMN_TYPE AS t, c.CHARACTER_SET_NAME AS s,
                   c.CHARACTER_OCTET_LENGTH AS o,
                   c.DATA_TYPE IN ('longtext', 'mediumtext', 'text', 'varchar')
                     AND EXISTS (SELECT 1 FROM information_schema.CHECK_CONSTRAINTS AS k
                                  WHERE k.CONSTRAINT_SCHEMA = p_schema AND k.TABLE_NAME = p_table AND k.LEVEL = 'Column'
                                    AND k.CONSTRAINT_NAME = c.COLUMN_NAME
                                    AND k.CHECK_CLAUSE = CONCAT('json_valid(`', REPLACE(c.COLUMN_NAME, '`', '``'), '`)')) AS j
              FROM information_schema.COLUMNS AS c
             WHERE c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table
               AND COALESCE(c.GENERATION_EXPRESSION, '') NOT IN ('ROW START', 'ROW END')
               AND NOT (c.COLUMN_NAME LIKE 'purser\_%' AND c.EXTRA LIKE '%GENERATED%' AND c.EXTRA LIKE '%INVISIBLE%')
             ORDER BY c.ORDINAL_POSITION)
  DO
    SET v_list = JSON_ARRAY_APPEND(v_list, '$', JSON_OBJECT('n', c.n, 't', c.t, 's', c.s,
      'k', purser.audit_kind(c.d, c.t, c.s, c.j),
      'o', COALESCE(c.o, IF(purser.audit_kind(c.d, c.t, c.s, c.j) = 'geometry', 4294967295, 0))));
  END FOR;
  RETURN v_list;
END//
DELIMITER ;
