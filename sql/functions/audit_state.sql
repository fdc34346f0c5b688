-- The caller has to be one who sees the triggers (TRIGGER on the table): what is hidden cannot be told from what is gone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_state(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Whether the triggers of an audited table are as they were made. Used by audit_status'
BEGIN
  DECLARE v_all BOOLEAN;
  DECLARE v_names, v_triggers LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_hash CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_damage VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_now VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT MIN(t.EVENT_OBJECT_TABLE) FROM information_schema.TRIGGERS AS t
     WHERE t.TRIGGER_SCHEMA = p_schema AND t.DEFINER = 'purser_definer@localhost'
       AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(p_table, 'INSERT'),
             purser.audit_trigger_name(p_table, 'UPDATE'), purser.audit_trigger_name(p_table, 'DELETE')));
  IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table) THEN
    RETURN IF(v_now IS NULL, 'table gone, or hidden from this account: it needs TRIGGER on the table',
      CONCAT('table gone: it is ', v_now, ' now, and its changes are logged under the old name; disable the old, enable the new'));
  END IF;
  SELECT a.all_columns, JSON_MERGE_PRESERVE(a.columns, a.key_columns, JSON_ARRAY(a.user_column)), a.layout_hash, a.triggers
    INTO v_all, v_names, v_hash, v_triggers
    FROM purser.audit_tables AS a WHERE a.table_schema = p_schema AND a.table_name = p_table;
  FOR o IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (
              name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    IF NOT COALESCE(purser.audit_trigger_hash(p_schema, purser.audit_trigger_name(p_table, o.name))
                    = JSON_VALUE(v_triggers, CONCAT('$.', o.name)), FALSE) THEN
      SET v_damage = CONCAT(v_damage, IF(v_damage = '', '', ', '), purser.audit_trigger_name(p_table, o.name));
    END IF;
  END FOR;
  IF v_damage <> '' THEN
    RETURN LEFT(CONCAT('damaged: trigger ', v_damage, ' missing or changed: enable again',
      IF(v_now IS NULL, ' (or hidden from this account: it needs TRIGGER on the table)', '')), 512);
  ELSEIF purser.audit_layout_hash(purser.audit_columns_json(p_schema, p_table), IF(v_all, NULL, v_names)) <> v_hash THEN
    RETURN 'columns changed: enable again';
  -- By statements a replica runs the triggers itself, with its own account and moment; or it stops, where it has no library.
  ELSEIF @@log_bin AND 'STATEMENT' IN (@@GLOBAL.binlog_format, @@SESSION.binlog_format) THEN
    RETURN 'binlog_format is STATEMENT: a replica writes a log of its own, for which no seal holds; use MIXED or ROW';
  END IF;
  RETURN 'on';
END//
DELIMITER ;
