DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_where(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads the option "where" into [[column, [value, …]], …], or an error. Used by map_usage'
BEGIN
  DECLARE v_keys, v_key, v_list, v_values, v_one LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_column, v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE i, k INT UNSIGNED DEFAULT 0;

  SET p_spec = '[]';
  IF p_where IS NOT NULL THEN
    IF JSON_TYPE(p_where) <> 'OBJECT' OR JSON_LENGTH(p_where) > 8 THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_options: "where" must be an object of at most 8 columns, as {"status": ["paid", "settled"]}';
    END IF;
    SET v_keys = JSON_KEYS(p_where);
    WHILE i < JSON_LENGTH(v_keys) DO
      SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
      CALL purser.usage_map_column(p_schema, p_table, 'where', v_key,
        'char,varchar,enum,tinyint,smallint,mediumint,int,bigint,year', 'a text, an ENUM or a whole number is needed', v_column, v_type);
      SET v_list = JSON_EXTRACT(p_where, CONCAT('$.', JSON_QUOTE(v_key)));
      IF COALESCE(JSON_TYPE(v_list), '') <> 'ARRAY' THEN
        SET v_list = CONCAT('[', v_list, ']');
      END IF;
      IF v_list IS NULL OR JSON_LENGTH(v_list) NOT BETWEEN 1 AND 50 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_options: "where" must give each column 1 to 50 values, as {"status": ["paid", "settled"]}';
      END IF;
      SET v_values = '[]', k = 0;
      WHILE k < JSON_LENGTH(v_list) DO
        SET v_one = JSON_EXTRACT(v_list, CONCAT('$[', k, ']'));
        IF JSON_TYPE(v_one) NOT IN ('STRING', 'INTEGER', 'BOOLEAN', 'NULL') OR CHAR_LENGTH(v_one) > 200 THEN
          SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
            'p_options: a value of "where" must be a text of at most 200 characters, a whole number, true, false or null';
        END IF;
        SET v_values = JSON_ARRAY_APPEND(v_values, '$',
          CASE JSON_TYPE(v_one) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(v_one = 'true', '1', '0') ELSE JSON_VALUE(v_list, CONCAT('$[', k, ']')) END);
        SET k = k + 1;
      END WHILE;
      SET p_spec = JSON_ARRAY_APPEND(p_spec, '$', JSON_ARRAY(v_column, JSON_EXTRACT(v_values, '$')));
      SET i = i + 1;
    END WHILE;
  END IF;
END//
DELIMITER ;
