DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_zone(
  IN p_zone LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads the option "time_zone", or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SET p_spec = COALESCE(p_zone, 'UTC');
  IF p_type = 'timestamp' THEN
    IF p_zone IS NOT NULL THEN
      SET v_why = 'p_options: "time_zone" is for a DATETIME; a TIMESTAMP is a moment already: leave it out';
    END IF;
    SET p_spec = 'timestamp';
  ELSEIF UPPER(p_spec) IN ('UTC', '+00:00', 'Z') THEN
    SET p_spec = 'UTC';
  ELSEIF CHAR_LENGTH(p_zone) > 64 OR CONVERT_TZ('2026-01-01 12:00:00', p_zone, '+00:00') IS NULL THEN
    SET v_why = CONCAT('p_options: "time_zone": this server does not know ''', LEFT(p_zone, 64),
      ''': UTC, SYSTEM, an offset as +02:00, or a name that is in mysql.time_zone_name (mariadb-tzinfo-to-sql fills it)');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
