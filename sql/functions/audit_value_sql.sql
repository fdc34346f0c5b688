-- FLOAT: + 0e0 has all its digits. TIMESTAMP: in UTC, whatever the zone of the session. JSON that is none
-- (its check was off) is text. p_limit: what has more bytes is a hash and a length; NULL: nothing can have.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_value_sql(
  p_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_limit BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the value of a column as it is logged. Used by audit_enable'
BEGIN
  DECLARE v_bytes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_kind = 'geometry', CONCAT('ST_AsWKB(', p_column, ')'), p_column);
  DECLARE v_long LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('CONCAT(''sha256:'', SHA2(', v_bytes, ', 256), '' of '', LENGTH(', v_bytes, '), '' bytes'')');
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE p_kind
    WHEN 'number' THEN CONCAT('(', p_column, ' + 0)')
    WHEN 'float' THEN CONCAT('(', p_column, ' + 0e0)')
    WHEN 'text' THEN CONCAT('CONVERT(', p_column, ' USING utf8mb4)')
    WHEN 'enum' THEN CONCAT('CONVERT(', p_column, ' USING utf8mb4)')
    WHEN 'json' THEN CONCAT('IF(JSON_VALID(', p_column, '), ', p_column, ', JSON_QUOTE(CONVERT(', p_column, ' USING utf8mb4)))')
    WHEN 'binary' THEN CONCAT('LOWER(HEX(', v_bytes, '))')
    WHEN 'geometry' THEN CONCAT('LOWER(HEX(', v_bytes, '))')
    WHEN 'timestamp' THEN CONCAT('IF(', p_column, ' = 0, ''0000-00-00 00:00:00.000000'', ',
      'CAST(TIMESTAMP''1970-01-01 00:00:00.000000'' + INTERVAL UNIX_TIMESTAMP(', p_column, ') SECOND AS CHAR CHARACTER SET utf8mb4))')
    WHEN 'other' THEN CONCAT('CAST(', p_column, ' AS CHAR CHARACTER SET utf8mb4)')
    ELSE p_column
  END;
  IF p_limit IS NOT NULL THEN
    SET v_value = CONCAT('IF(LENGTH(', v_bytes, ') > ', p_limit, ', ', IF(p_kind = 'json', CONCAT('JSON_QUOTE(', v_long, ')'), v_long), ', ', v_value, ')');
  END IF;
  -- The outermost function makes it a value of type JSON, which JSON_OBJECT does not quote.
  RETURN IF(p_kind = 'json', CONCAT('JSON_COMPACT(', v_value, ')'), v_value);
END//
DELIMITER ;
