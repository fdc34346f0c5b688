-- What is to be logged, and how; an error says what is wrong with it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_options(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads p_columns of audit_enable'
BEGIN
  DECLARE v_given LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT TRIM(p_columns);
  DECLARE v_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.audit_columns_json(p_schema, p_table);
  DECLARE v_only, v_ignore, v_mask, v_key, v_user, v_unknown, v_columns, v_ignored LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF v_given IS NULL THEN
    SET v_given = '{}';
  ELSEIF v_given NOT LIKE '{%' AND v_given NOT LIKE '[%' THEN
    -- status, payment_status
    SET v_given = REGEXP_REPLACE(REPLACE(JSON_QUOTE(v_given), ',', '","'), ' *" *', '"');
    SET v_given = CONCAT('[', v_given, ']');
  END IF;
  IF v_given LIKE '[%' THEN
    SET v_given = CONCAT('{"only": ', v_given, '}');
  END IF;
  IF NOT JSON_VALID(v_given) THEN
    CALL purser.audit_refuse('p_columns: neither NULL, nor a list ''status, payment_status'', nor a JSON array or object that is valid');
  END IF;
  SET v_unknown = JSON_KEYS(JSON_REMOVE(v_given, '$.only', '$.ignore', '$.mask', '$.key', '$.user'));
  IF JSON_LENGTH(v_unknown) > 0 THEN
    CALL purser.audit_refuse(CONCAT('p_columns: unknown are ', LEFT(v_unknown, 200), '; there are only, ignore, mask, key, user'));
  END IF;
  IF JSON_EXISTS(v_given, '$.only') AND JSON_EXISTS(v_given, '$.ignore') THEN
    CALL purser.audit_refuse('p_columns: give "only" or "ignore", not both');
  END IF;

  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.only'), '[]'), 'only', v_only);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.ignore'), '[]'), 'ignore', v_ignore);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.mask'), '[]'), 'mask', v_mask);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.key'), purser.audit_key_json(p_schema, p_table)), 'key', v_key);
  IF JSON_TYPE(JSON_EXTRACT(v_given, '$.user')) = 'NULL' THEN
    SET v_user = '[]';
  ELSEIF JSON_EXISTS(v_given, '$.user') AND JSON_TYPE(JSON_EXTRACT(v_given, '$.user')) <> 'STRING' THEN
    CALL purser.audit_refuse('p_columns: "user" has to be the name of a column, or null for none');
  ELSEIF JSON_EXISTS(v_given, '$.user') THEN
    CALL purser.audit_names(v_layout, JSON_ARRAY(JSON_EXTRACT(v_given, '$.user')), 'user', v_user);
  ELSE
    SET v_user = COALESCE((SELECT JSON_ARRAY(c.n) FROM JSON_TABLE(v_layout, '$[*]' COLUMNS (
                             n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c
                            WHERE LOWER(c.n) = 'user_id' AND NOT JSON_CONTAINS(v_mask, JSON_QUOTE(c.n))), '[]');
  END IF;

  SET v_columns = '[]', v_ignored = '[]';
  FOR c IN (SELECT c.n FROM JSON_TABLE(v_layout, '$[*]' COLUMNS (at FOR ORDINALITY,
              n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c ORDER BY c.at)
  DO
    IF IF(JSON_EXISTS(v_given, '$.only'), JSON_CONTAINS(v_only, JSON_QUOTE(c.n)), NOT JSON_CONTAINS(v_ignore, JSON_QUOTE(c.n))) THEN
      SET v_columns = JSON_ARRAY_APPEND(v_columns, '$', c.n);
    ELSE
      SET v_ignored = JSON_ARRAY_APPEND(v_ignored, '$', c.n);
      IF JSON_CONTAINS(v_mask, JSON_QUOTE(c.n)) THEN
        CALL purser.audit_refuse(CONCAT('p_columns: the column ''', c.n, ''' is in "mask", and not among those that are logged'));
      END IF;
    END IF;
    IF JSON_CONTAINS(v_mask, JSON_QUOTE(c.n)) AND (JSON_CONTAINS(v_key, JSON_QUOTE(c.n)) OR JSON_CONTAINS(v_user, JSON_QUOTE(c.n))) THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the column ''', c.n,
        ''' is in "mask", and record_id or user_id would show it: give another "key" or "user"'));
    END IF;
  END FOR;
  IF JSON_LENGTH(v_columns) = 0 THEN
    CALL purser.audit_refuse('p_columns: no column is left to log');
  ELSEIF JSON_LENGTH(v_key) = 0 THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema, '.', p_table, ''' has no primary key and no unique key without NULL; ',
      'say in p_columns which columns tell its rows apart: {"key": ["…"]}'));
  END IF;
  SET p_options = JSON_OBJECT('layout', JSON_EXTRACT(v_layout, '$'), 'columns', JSON_EXTRACT(v_columns, '$'),
    'ignored', JSON_EXTRACT(v_ignored, '$'), 'masked', JSON_EXTRACT(v_mask, '$'), 'key', JSON_EXTRACT(v_key, '$'),
    'user', JSON_EXTRACT(v_user, '$'), 'all', NOT JSON_EXISTS(v_given, '$.only'),
    'salt', COALESCE((SELECT a.mask_salt FROM purser.audit_tables AS a WHERE a.table_schema = p_schema AND a.table_name = p_table),
                     LOWER(HEX(RANDOM_BYTES(16)))));
END//
DELIMITER ;
