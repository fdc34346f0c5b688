-- Triggers cannot be made for all that is shown as a table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_check_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the table, or refuses it. Used by audit_enable'
BEGIN
  DECLARE v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_engine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF @@in_transaction = 1 THEN
    CALL purser.audit_refuse('audit_enable and audit_disable commit, as every DDL does: COMMIT or ROLLBACK the transaction of this session first');
  ELSEIF @@log_bin AND 'STATEMENT' IN (@@GLOBAL.binlog_format, @@SESSION.binlog_format) THEN
    CALL purser.audit_refuse('binlog_format is STATEMENT: a replica would write a log of its own, with its own account and moments, and no seal would hold there; SET GLOBAL binlog_format = MIXED (or ROW) and connect anew, the applications as well');
  ELSEIF purser.ddl_why('not be logged') IS NOT NULL THEN
    CALL purser.audit_refuse(purser.ddl_why('not be logged'));
  END IF;
  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE INTO p_schema_name, p_table_name, v_type, v_engine
    FROM information_schema.TABLES AS t
   WHERE (t.TABLE_SCHEMA = p_schema OR (@@lower_case_table_names <> 0 AND t.TABLE_SCHEMA = LOWER(p_schema)))
     AND (t.TABLE_NAME = p_table OR (@@lower_case_table_names <> 0 AND t.TABLE_NAME = LOWER(p_table)))
     AND t.TABLE_TYPE NOT LIKE 'TEMPORARY%' -- MariaDB 11.8 lists these as well
   LIMIT 1;
  IF LOWER(p_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    CALL purser.audit_refuse(CONCAT('p_schema: tables of ', LOWER(p_schema), ' are not audited'));
  ELSEIF p_table_name IS NULL THEN
    CALL purser.audit_refuse(CONCAT('p_table: there is no table ', COALESCE(CONCAT('''', p_schema, '.', p_table, ''''), 'NULL'),
      ', or this account sees nothing of it; temporary tables cannot be audited'));
  ELSEIF v_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema_name, '.', p_table_name, ''' is a ', LOWER(v_type),
      '; only tables can be audited'));
  ELSEIF NOT EXISTS (SELECT 1 FROM information_schema.ENGINES AS e WHERE e.ENGINE = v_engine AND e.TRANSACTIONS = 'YES') THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema_name, '.', p_table_name, ''' is of the engine ', COALESCE(v_engine, 'unknown'),
      ', which has no transactions: a ROLLBACK would take back the log, not the change. ALTER TABLE … ENGINE=InnoDB first'));
  END IF;
END//
DELIMITER ;
