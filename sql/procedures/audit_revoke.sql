-- Where grant or table are gone already, nothing is left to take; a table that is counted (map_usage) needs them on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_revoke(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes from the definer its rights to a table that is audited no more. Used by audit_disable'
BEGIN
  DECLARE EXIT HANDLER FOR 1049, 1141, 1146, 1147 BEGIN END;
  IF NOT (SELECT value FROM purser.settings WHERE name = 'usage_table') <=> JSON_ARRAY(p_schema, p_table) THEN
    EXECUTE IMMEDIATE CONCAT('REVOKE SELECT, TRIGGER ON `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'),
      '` FROM `purser_definer`@`localhost`');
  END IF;
END//
DELIMITER ;
