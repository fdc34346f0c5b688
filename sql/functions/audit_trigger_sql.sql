-- p_options: as audit_options makes it. A key that changes is told though it is not among the columns.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_sql(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The statement that makes a trigger of an audited table. Used by audit_enable'
BEGIN
  DECLARE v_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.layout');
  DECLARE v_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.columns');
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.key');
  DECLARE v_with_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT v_names;
  DECLARE v_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR k IN (SELECT j.n FROM JSON_TABLE(v_key, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    IF NOT JSON_CONTAINS(v_names, JSON_QUOTE(k.n)) THEN
      SET v_with_key = JSON_ARRAY_APPEND(v_with_key, '$', k.n);
    END IF;
  END FOR;
  SET v_body = CONCAT(purser.audit_insert_sql(p_schema, p_table, p_operation, p_options, v_names), ';\n');
  IF p_operation = 'UPDATE' THEN
    SET v_body = CONCAT('IF NOT (', purser.audit_same_sql(v_layout, v_names), ') THEN\n', v_body, 'END IF');
    IF JSON_LENGTH(v_with_key) > JSON_LENGTH(v_names) THEN
      SET v_body = CONCAT('IF NOT (', purser.audit_same_sql(v_layout, v_key), ') THEN\n',
        purser.audit_insert_sql(p_schema, p_table, p_operation, p_options, v_with_key), ';\nELSE', v_body);
    END IF;
  ELSE
    SET v_body = CONCAT('BEGIN\n', v_body, 'END');
  END IF;
  RETURN CONCAT('CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER `', REPLACE(p_schema, '`', '``'), '`.`',
    REPLACE(purser.audit_trigger_name(p_table, p_operation), '`', '``'), '` AFTER ', p_operation, ' ON `',
    REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'), '` FOR EACH ROW\n', v_body);
END//
DELIMITER ;
