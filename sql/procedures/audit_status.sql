-- INVOKER: whoever does not see the triggers of a table is told that they are missing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_status()
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Which tables are audited, how, and whether their triggers are as they were made; and how the sealing stands'
BEGIN
  DECLARE v_seconds, v_state TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  BEGIN
    -- Without the library, or without the right to it, sealing does not run for all that one can tell.
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET v_seconds = CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4);
    SET v_state = (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'PURSER_WORKER_STATE');
  END;
  SELECT a.table_schema, a.table_name, purser.audit_state(a.table_schema, a.table_name) AS state, a.columns, a.ignored, a.masked,
         a.key_columns, a.user_column, a.enabled_at, a.enabled_by
    FROM purser.audit_tables AS a ORDER BY a.table_schema, a.table_name;

  SELECT CASE WHEN v_seconds IS NULL OR v_state <> 'ready' THEN 'not running'
              WHEN v_seconds = '0' THEN 'off'
              ELSE CONCAT('every ', v_seconds, ' s') END AS sealing,
         COALESCE(s.id, 0) AS seals, COALESCE(s.tree_size, 0) AS tree_size, s.sealed_at,
         s.checkpoint LIKE '%\n— %' AS is_signed,
         (SELECT COUNT(*) FROM (SELECT 1 FROM purser.audit_log AS l
                                 WHERE l.id > COALESCE((SELECT closed_to FROM purser.audit_seals ORDER BY id DESC LIMIT 1), 0)
                                 LIMIT 100001) AS o) AS open_rows,
         COALESCE(s.pruned_to, 0) AS pruned_to,
         (SELECT last_error FROM purser.jobs WHERE name = 'audit') AS last_error
    FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM purser.audit_seals ORDER BY id DESC LIMIT 1) AS s ON TRUE;
END//
DELIMITER ;
