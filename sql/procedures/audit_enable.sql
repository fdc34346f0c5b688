-- INVOKER: whoever audits a table needs TRIGGER on it, the right to grant on it, and to make triggers of another
-- definer. CREATE OR REPLACE: while a table is enabled anew there is no moment without a trigger.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_enable(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Audits a table: its changes go to audit_log, by triggers'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_options, v_needed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_sql, v_hashes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_new BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    -- Half of it would look as if the table were audited.
    IF v_new THEN
      BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
        CALL purser.audit_drop_triggers(v_schema, v_table);
        CALL purser.audit_revoke(v_schema, v_table);
        DELETE FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table;
        COMMIT AND NO CHAIN NO RELEASE;
      END;
    END IF;
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  CALL purser.audit_check_table(p_schema, p_table, v_schema, v_table);
  CALL purser.triggers_lock(TRUE);
  CALL purser.audit_options(v_schema, v_table, p_columns, v_options);
  FOR t IN (SELECT t.TRIGGER_NAME AS n, t.EVENT_OBJECT_TABLE AS o FROM information_schema.TRIGGERS AS t
             WHERE t.TRIGGER_SCHEMA = v_schema AND t.EVENT_OBJECT_TABLE <> v_table
               AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(v_table, 'INSERT'),
                     purser.audit_trigger_name(v_table, 'UPDATE'), purser.audit_trigger_name(v_table, 'DELETE')))
  DO
    CALL purser.audit_refuse(CONCAT('p_table: the table ''', t.o, ''' has a trigger ', t.n,
      ' already: it was renamed while it was audited; CALL purser.audit_disable with its old name, and enable it under the new one'));
  END FOR;
  SET v_needed = JSON_MERGE_PRESERVE(JSON_EXTRACT(v_options, '$.columns'), JSON_EXTRACT(v_options, '$.key'), JSON_EXTRACT(v_options, '$.user'));

  SET v_new = NOT EXISTS (SELECT 1 FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table);
  -- Of the whole table: rights to columns would be looked up for each value of each row (a twentieth of its cost).
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT, TRIGGER ON `', REPLACE(v_schema, '`', '``'), '`.`', REPLACE(v_table, '`', '``'),
    '` TO `purser_definer`@`localhost`');
  -- First the row: if this is killed half way, audit_status tells the table as damaged.
  REPLACE INTO purser.audit_tables (table_schema, table_name, all_columns, columns, ignored, masked, key_columns, user_column,
                                    mask_salt, triggers, layout_hash, enabled_at, enabled_by)
  VALUES (v_schema, v_table, JSON_VALUE(v_options, '$.all'), JSON_EXTRACT(v_options, '$.columns'), JSON_EXTRACT(v_options, '$.ignored'),
          JSON_EXTRACT(v_options, '$.masked'), JSON_EXTRACT(v_options, '$.key'), JSON_VALUE(v_options, '$.user[0]'),
          JSON_VALUE(v_options, '$.salt'), '{}',
          purser.audit_layout_hash(JSON_EXTRACT(v_options, '$.layout'), IF(JSON_VALUE(v_options, '$.all'), NULL, v_needed)),
          UTC_TIMESTAMP(6), v_actor);
  -- The triggers keep this mode: none of it lets a value that has to be cut fail the application's statement.
  SET SESSION sql_mode = '';
  FOR o IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (
              name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    SET v_sql = purser.audit_trigger_sql(v_schema, v_table, o.name, v_options);
    EXECUTE IMMEDIATE v_sql;
    SET v_hashes = CONCAT(v_hashes, IF(v_hashes = '', '', ', '), '"', o.name, '": "',
      COALESCE(purser.audit_trigger_hash(v_schema, purser.audit_trigger_name(v_table, o.name)), ''), '"');
  END FOR;
  UPDATE purser.audit_tables SET triggers = CONCAT('{', v_hashes, '}') WHERE table_schema = v_schema AND table_name = v_table;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;
