-- p_keep: the columns that they do read; []: there are no triggers any more.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_revoke(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_keep LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes from the definer the columns of a table that its triggers do not read. Used by audit_enable and audit_disable'
BEGIN
  -- The table, a column or the grant may be gone by now: nothing is left to take.
  DECLARE CONTINUE HANDLER FOR 1049, 1054, 1141, 1146, 1147 BEGIN END;
  -- The table's own columns, too: not every caller sees what others were granted.
  FOR g IN (SELECT p.COLUMN_NAME AS col FROM information_schema.COLUMN_PRIVILEGES AS p
             WHERE p.GRANTEE = '''purser_definer''@''localhost''' AND p.PRIVILEGE_TYPE = 'SELECT'
               AND p.TABLE_SCHEMA = p_schema AND p.TABLE_NAME = p_table
               AND NOT JSON_CONTAINS(p_keep, JSON_QUOTE(p.COLUMN_NAME))
            UNION
            SELECT c.COLUMN_NAME FROM information_schema.COLUMNS AS c
             WHERE c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table
               AND NOT JSON_CONTAINS(p_keep, JSON_QUOTE(c.COLUMN_NAME)))
  DO
    EXECUTE IMMEDIATE CONCAT('REVOKE SELECT (`', REPLACE(g.col, '`', '``'), '`) ON `', REPLACE(p_schema, '`', '``'), '`.`',
      REPLACE(p_table, '`', '``'), '` FROM `purser_definer`@`localhost`');
  END FOR;
  IF JSON_LENGTH(p_keep) = 0 THEN
    EXECUTE IMMEDIATE CONCAT('REVOKE TRIGGER ON `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'),
      '` FROM `purser_definer`@`localhost`');
  END IF;
END//
DELIMITER ;
