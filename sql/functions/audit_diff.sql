DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_diff(
  p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What changed between two JSON objects, {"field":{"old":…,"new":…}}, as text; NULL where nothing did'
BEGIN
  RETURN CONVERT(purser_audit_diff(p_old, p_new) USING utf8mb4);
END//
DELIMITER ;
