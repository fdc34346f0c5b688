DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.override_number(
  IN p_name VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_text VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_pattern VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_what VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where an argument is not such a number. Used by set_pricing_override'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SET p_text = TRIM(p_text);
  IF p_text NOT REGEXP p_pattern THEN
    SET v_why = CONCAT(p_name, ' must be ', p_what, ', or NULL for the package''s, not ''', p_text, '''');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
