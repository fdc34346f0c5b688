DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the table whose rows are to be counted, or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_engine, v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SELECT MAX(TABLE_SCHEMA), MAX(TABLE_NAME), MAX(ENGINE), MAX(TABLE_TYPE) INTO p_schema_name, p_table_name, v_engine, v_type
    FROM information_schema.TABLES
   WHERE (TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table)
      OR (@@lower_case_table_names <> 0 AND LOWER(TABLE_SCHEMA) = LOWER(p_schema) AND LOWER(TABLE_NAME) = LOWER(p_table));
  SET v_why = CASE
    WHEN @@in_transaction = 1 THEN 'map_usage commits, as every DDL does: COMMIT or ROLLBACK the transaction of this session first'
    WHEN purser.ddl_why('not be counted') IS NOT NULL THEN purser.ddl_why('not be counted')
    WHEN p_table_name IS NULL THEN CONCAT('p_table: there is no table ', COALESCE(CONCAT('''', p_schema, '.', p_table, ''''), 'NULL'),
      ', or this account sees nothing of it')
    WHEN LOWER(p_schema_name) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
      CONCAT('p_schema: ', p_schema_name, ' is not a schema of an application; purser.client_transactions is counted without a mapping')
    WHEN v_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN CONCAT('p_table: ''', p_table_name, ''' is no table: a view has no triggers; map the table below it')
    WHEN v_engine IS NULL OR v_engine <> 'InnoDB' THEN CONCAT('p_table: ''', p_table_name, ''' is of the engine ', COALESCE(v_engine, '?'),
      ': what is rolled back would be counted; ALTER TABLE … ENGINE=InnoDB first') END;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
