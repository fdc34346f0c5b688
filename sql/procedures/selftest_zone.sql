-- Purser takes zones from the machine's zoneinfo, which SQL cannot see: the library is asked.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_zone(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_zone VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: one time zone'
BEGIN
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
    CALL purser.selftest_add(p_rows, p_name, 'warning', CONCAT(p_zone, ' cannot be checked without the functions of purser.so'));

  IF p_zone IS NULL OR p_zone = '' THEN
    CALL purser.selftest_add(p_rows, p_name, 'failed', 'not set');
  ELSE
    SET v_problem = CONVERT(purser_setting(CONCAT('zone_problem:', p_zone)) USING utf8mb4);
    CALL purser.selftest_add(p_rows, p_name, IF(v_problem IS NULL, 'ok', 'failed'), COALESCE(v_problem, p_zone));
  END IF;
END//
DELIMITER ;
