-- plain: as JSON_OBJECT writes it. The others: see audit_value_sql.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_kind(
  p_data_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_column_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_charset VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_json BOOLEAN)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'How the values of a column are logged. Used by audit_enable'
BEGIN
  RETURN CASE
    WHEN p_json THEN 'json'
    WHEN p_data_type IN ('enum', 'set') THEN 'enum'
    WHEN p_charset = 'utf8mb4' THEN 'utf8'
    WHEN p_charset IS NOT NULL THEN 'text'
    WHEN p_data_type IN ('bit', 'year') OR p_column_type LIKE '%zerofill%' THEN 'number'
    WHEN p_data_type = 'float' THEN 'float'
    WHEN p_data_type = 'timestamp' THEN 'timestamp'
    WHEN p_data_type IN ('binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob') THEN 'binary'
    WHEN p_data_type IN ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon',
                         'geometrycollection', 'geomcollection') THEN 'geometry'
    WHEN p_data_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'double', 'date', 'time',
                         'datetime') THEN 'plain'
    ELSE 'other'
  END;
END//
DELIMITER ;
