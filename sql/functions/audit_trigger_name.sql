-- Readable: whoever looks at the triggers of a table sees whose they are.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_name(
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Name of the trigger that audits a table'
BEGIN
  -- Names have 64 characters at most, in a schema no two triggers the same one.
  RETURN CONCAT('purser_audit_',
    IF(CHAR_LENGTH(p_table) <= 40, p_table, CONCAT(LEFT(p_table, 31), '_', LEFT(SHA2(p_table, 256), 8))),
    '_', LOWER(p_operation));
END//
DELIMITER ;
