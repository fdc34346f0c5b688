-- Purser takes zones from the machine's zoneinfo, which SQL cannot see; the server's own tables of
-- zones, where they are filled, tell a name that does not exist.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_zone(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_zone VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: one time zone'
BEGIN
  DECLARE v_noon DATETIME DEFAULT '2025-07-05 12:00:00';
  IF p_zone IS NULL OR p_zone = '' THEN
    CALL purser.selftest_add(p_rows, p_name, 'failed', 'not set');
  ELSEIF p_zone = 'SYSTEM' OR p_zone IN ('UTC', 'Z') THEN
    CALL purser.selftest_add(p_rows, p_name, 'ok', p_zone);
  ELSEIF p_zone REGEXP '^[+-][0-9]{1,2}:[0-5][0-9]$' THEN
    CALL purser.selftest_add(p_rows, p_name,
      IF(CAST(SUBSTRING_INDEX(SUBSTRING(p_zone, 2), ':', 1) AS UNSIGNED) <= 18, 'ok', 'failed'), p_zone);
  ELSEIF p_zone NOT REGEXP '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$' THEN
    CALL purser.selftest_add(p_rows, p_name, 'failed',
      CONCAT('''', p_zone, ''' is neither an offset as +02:00 nor a name as Africa/Blantyre'));
  ELSEIF CONVERT_TZ(v_noon, 'UTC', '+00:00') IS NULL THEN
    CALL purser.selftest_add(p_rows, p_name, 'ok', CONCAT(p_zone, ' (the server has no table of zones to compare it with)'));
  ELSEIF CONVERT_TZ(v_noon, p_zone, '+00:00') IS NULL THEN
    CALL purser.selftest_add(p_rows, p_name, 'warning', CONCAT(p_zone, ' is not among the server''s time zones'));
  ELSE
    CALL purser.selftest_add(p_rows, p_name, 'ok', p_zone);
  END IF;
END//
DELIMITER ;
