DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revoke_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes from the worker the columns that map_app granted in a formerly mapped schema. Used by map_app'
BEGIN
  -- The schema, a table or the grant may be gone by now: nothing is left to take.
  DECLARE CONTINUE HANDLER FOR 1049, 1054, 1141, 1146, 1147 BEGIN END;
  FOR g IN (
    SELECT TABLE_NAME AS tab, COLUMN_NAME AS col
      FROM information_schema.COLUMN_PRIVILEGES
     WHERE GRANTEE = '''purser''@''localhost''' AND PRIVILEGE_TYPE = 'SELECT' AND TABLE_SCHEMA = p_schema
       AND TABLE_NAME IN ('orders', 'gadgets', 'order_items', 'users'))
  DO
    EXECUTE IMMEDIATE CONCAT('REVOKE SELECT (`', REPLACE(g.col, '`', '``'), '`) ON `',
      REPLACE(p_schema, '`', '``'), '`.`', REPLACE(g.tab, '`', '``'), '` FROM `purser`@`localhost`');
  END FOR;
END//
DELIMITER ;
