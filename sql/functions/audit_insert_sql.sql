-- The leaf is over the columns as they have just been stored: a name of a column in VALUES stands for the value
-- to the left of it. (A trigger on audit_log would cost a fifth more for each row.) SET insert_id would let any session
-- choose the row's id: one that is sealed already, or the last that there is. So it is taken back before. What the
-- statement itself needs of it the server has taken by then.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_insert_sql(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'INSERT into audit_log, under an id that no session chooses. Used by audit_enable'
BEGIN
  DECLARE v_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.layout');
  DECLARE v_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.masked');
  DECLARE v_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_options, '$.salt');
  DECLARE v_user LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.user');
  DECLARE v_key CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation = 'INSERT', 'NEW', 'OLD');
  DECLARE v_now CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation = 'DELETE', 'OLD', 'NEW');
  RETURN CONCAT(
    'IF @@insert_id > 0 THEN SET insert_id = 0; END IF;\n',
    'INSERT INTO purser.audit_log (table_schema, table_name, operation, record_id, user_id, timestamp, actor, account, ',
    'connection_id, old_values, new_values, leaf) VALUES (', QUOTE(p_schema), ', ', QUOTE(p_table), ', ''', p_operation, ''', ',
    purser.audit_record_sql(v_columns, JSON_EXTRACT(p_options, '$.key'), v_key), ', ',
    IF(JSON_LENGTH(v_user) = 0, 'NULL', CONCAT('LEFT(', purser.audit_record_sql(v_columns, v_user, v_now), ', 255)')),
    ', purser_audit_now(), LEFT(CONVERT(@purser_actor USING utf8mb4), 255), USER(), CONNECTION_ID(), ',
    IF(p_operation = 'INSERT', 'NULL', purser.audit_row_sql(v_columns, p_names, v_masked, v_salt, 'OLD')), ', ',
    IF(p_operation = 'DELETE', 'NULL', purser.audit_row_sql(v_columns, p_names, v_masked, v_salt, 'NEW')),
    ', UNHEX(purser_audit_leaf(table_name, operation, record_id, user_id, timestamp, old_values, new_values, ',
    'table_schema, actor, account, connection_id)))');
END//
DELIMITER ;
