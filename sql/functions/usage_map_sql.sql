-- The same text in triggers and view, so that both see one and the same. Nothing of it raises an error, whatever
-- the row holds: values are compared as text, byte for byte; what cannot be an amount or a client is NULL.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_map_sql(
  p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_what VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An expression of a mapped row: client_id, amount, currency, occurred_at or where; p_row is NEW, OLD or the table''s name in the view'
BEGIN
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(p_row, '.', purser.constraint_quoted(JSON_VALUE(p_spec, CONCAT('$.', p_what))));
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_spec, '$.time_zone');
  DECLARE v_sql, v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE i, k INT UNSIGNED DEFAULT 0;
  DECLARE v_values LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_null BOOLEAN;

  CASE p_what
    WHEN 'client_id' THEN RETURN CONCAT('IF(', v_column, ' >= 0, ', v_column, ', NULL)');
    WHEN 'amount' THEN RETURN CONCAT('IF(', v_column, ' BETWEEN -999999999999999.9999 AND 999999999999999.9999, CAST(', v_column,
      ' AS DECIMAL(19,4)), NULL)');
    WHEN 'currency' THEN RETURN COALESCE(CONCAT('NULLIF(UPPER(LEFT(CONVERT(', v_column, ' USING utf8mb4), 8)), '''') COLLATE utf8mb4_nopad_bin'), 'NULL');
    WHEN 'occurred_at' THEN RETURN CASE v_zone WHEN 'UTC' THEN v_column
      WHEN 'timestamp' THEN CONCAT('TIMESTAMP''1970-01-01 00:00:00'' + INTERVAL UNIX_TIMESTAMP(', v_column, ') SECOND')
      ELSE CONCAT('CONVERT_TZ(', v_column, ', ', QUOTE(v_zone), ', ''+00:00'')') END;
    ELSE BEGIN END;
  END CASE;
  WHILE i < JSON_LENGTH(p_spec, '$.where') DO
    SET v_column = CONCAT(p_row, '.', purser.constraint_quoted(JSON_VALUE(p_spec, CONCAT('$.where[', i, '][0]'))));
    SET v_values = JSON_EXTRACT(p_spec, CONCAT('$.where[', i, '][1]')), v_text = '', v_null = FALSE, k = 0;
    WHILE k < JSON_LENGTH(v_values) DO
      IF JSON_VALUE(v_values, CONCAT('$[', k, ']')) IS NULL THEN
        SET v_null = TRUE;
      ELSE
        SET v_text = CONCAT(v_text, IF(v_text = '', '', ', '), QUOTE(JSON_VALUE(v_values, CONCAT('$[', k, ']'))));
      END IF;
      SET k = k + 1;
    END WHILE;
    SET v_sql = CONCAT(v_sql, IF(v_sql = '', '', ' AND '), '(',
      IF(v_text = '', 'FALSE', CONCAT('COALESCE(CONVERT(', v_column, ' USING utf8mb4) COLLATE utf8mb4_nopad_bin IN (', v_text, '), FALSE)')),
      IF(v_null, CONCAT(' OR ', v_column, ' IS NULL'), ''), ')');
    SET i = i + 1;
  END WHILE;
  RETURN IF(v_sql = '', 'TRUE', CONCAT('(', v_sql, ')'));
END//
DELIMITER ;
