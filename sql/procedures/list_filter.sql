DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_filter(
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_pattern VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_what VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a filter is not of that form. Used by list_clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF p_value NOT REGEXP p_pattern THEN
    SET v_why = CONCAT('p_filters: "', p_name, '" must be ', p_what, ', not ''', LEFT(p_value, 64), '''');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
