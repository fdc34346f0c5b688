DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_drop()
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes the triggers and the view of a mapped table away, and the definer''s rights to it. Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_map LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (SELECT value FROM purser.settings WHERE name = 'usage_table');
  DECLARE v_sql TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n, EVENT_OBJECT_TABLE AS o FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_SCHEMA <> 'purser'
               AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete'))
  DO
    SET v_sql = CONCAT('DROP TRIGGER IF EXISTS ', purser.constraint_quoted(t.s), '.', purser.constraint_quoted(t.n));
    EXECUTE IMMEDIATE v_sql;
    IF v_map IS NULL THEN
      SET v_map = JSON_ARRAY(t.s, t.o);
    END IF;
  END FOR;
  -- Before the row and the rights are gone: where this is cut off, unmap_usage goes on, and nobody reads a view without rights.
  CALL purser.usage_map_view(NULL, NULL, NULL);
  DELETE FROM purser.settings WHERE name = 'usage_table';
  IF v_map IS NOT NULL AND NOT EXISTS (SELECT 1 FROM purser.audit_tables
       WHERE table_schema = JSON_VALUE(v_map, '$[0]') AND table_name = JSON_VALUE(v_map, '$[1]')) THEN
    CALL purser.audit_revoke(JSON_VALUE(v_map, '$[0]'), JSON_VALUE(v_map, '$[1]'));
  END IF;
END//
DELIMITER ;
