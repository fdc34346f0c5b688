DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_setting(
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_default INT UNSIGNED, p_most INT UNSIGNED)
  RETURNS INT UNSIGNED
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'A setting that is a number from 1; an error where it is none'
BEGIN
  DECLARE v_value, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_value = COALESCE((SELECT value FROM purser.settings WHERE name = p_name), p_default);
  IF v_value NOT RLIKE '^[0-9]{1,6}$' OR v_value NOT BETWEEN 1 AND p_most THEN
    SET v_why = CONCAT('the setting ', p_name, ' must be a number from 1 to ', p_most);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_value;
END//
DELIMITER ;
