-- By their names: a table that was renamed has taken them along. Byte for byte, since to information_schema alone
-- the triggers of `cafe`, `Cafe` and `café` have one name.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_drop_triggers(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Drops the triggers of an audited table, wherever it was renamed to. Used by audit_disable'
BEGIN
  FOR t IN (SELECT t.TRIGGER_NAME AS n FROM information_schema.TRIGGERS AS t
             WHERE t.TRIGGER_SCHEMA = p_schema AND t.DEFINER = 'purser_definer@localhost'
               AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(p_table, 'INSERT'),
                     purser.audit_trigger_name(p_table, 'UPDATE'), purser.audit_trigger_name(p_table, 'DELETE')))
  DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;
