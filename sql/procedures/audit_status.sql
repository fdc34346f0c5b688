-- INVOKER: whoever does not see the triggers of a table is told that they are missing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_status()
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Which tables are audited, how, and whether their triggers are as they were made'
BEGIN
  SELECT a.table_schema, a.table_name, purser.audit_state(a.table_schema, a.table_name) AS state, a.columns, a.ignored, a.masked,
         a.key_columns, a.user_column, a.enabled_at, a.enabled_by
    FROM purser.audit_tables AS a ORDER BY a.table_schema, a.table_name;
END//
DELIMITER ;
