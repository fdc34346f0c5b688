-- Whoever inserts: when it was, who it was and the leaf are not the writer's to choose. @purser_actor may be
-- anything, of any type and character set; an application's statement must not fail because of it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_log_insert
  BEFORE INSERT ON purser.audit_log FOR EACH ROW
BEGIN
  SET NEW.timestamp = UTC_TIMESTAMP(6);
  SET NEW.actor = LEFT(CONVERT(@purser_actor USING utf8mb4), 255);
  SET NEW.account = USER();
  SET NEW.connection_id = CONNECTION_ID();
  SET NEW.leaf = UNHEX(purser_audit_leaf(NEW.table_name, NEW.operation, NEW.record_id, NEW.user_id, NEW.timestamp,
    NEW.old_values, NEW.new_values, NEW.table_schema, NEW.actor, NEW.account, NEW.connection_id));
END//
DELIMITER ;
