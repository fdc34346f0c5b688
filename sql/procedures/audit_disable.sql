-- A table that is not audited, or is gone, is no error.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_disable(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Ends the auditing of a table; what is in audit_log stays'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  IF @@in_transaction = 1 THEN
    CALL purser.audit_refuse('audit_enable and audit_disable commit, as every DDL does: COMMIT or ROLLBACK the transaction of this session first');
  END IF;
  CALL purser.triggers_lock(TRUE);
  SELECT a.table_schema, a.table_name INTO v_schema, v_table FROM purser.audit_tables AS a
   WHERE (a.table_schema = p_schema OR (@@lower_case_table_names <> 0 AND a.table_schema = LOWER(p_schema)))
     AND (a.table_name = p_table OR (@@lower_case_table_names <> 0 AND a.table_name = LOWER(p_table)));
  COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
  IF v_table IS NULL THEN
    CALL purser.audit_check_table(p_schema, p_table, v_schema, v_table);
  END IF;
  CALL purser.audit_drop_triggers(v_schema, v_table);
  DELETE FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.audit_revoke(v_schema, v_table);
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;
