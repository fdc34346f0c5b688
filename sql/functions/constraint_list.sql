DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_list(
  p_setting VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The values of a setting that is a list, as SQL literals; an error where it is none'
BEGIN
  DECLARE v_value, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_value = (SELECT value FROM purser.settings WHERE name = p_setting);
  SET v_value = REGEXP_REPLACE(v_value, '[ \\t]*,[ \\t]*', ',');
  IF v_value IS NULL THEN
    SET v_why = CONCAT('expression: there is no setting ', QUOTE(p_setting));
  ELSEIF p_setting = 'currencies' AND v_value NOT RLIKE '^[A-Z]{3}(,[A-Z]{3})*\\z' THEN
    SET v_why = 'the setting currencies must be codes of three capital letters with commas between, as MWK,GBP';
  ELSEIF v_value NOT RLIKE '^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*\\z' THEN
    SET v_why = CONCAT('the setting ', p_setting, ' must be words of letters, digits, _ and - with commas between');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN CONCAT('''', REPLACE(v_value, ',', ''','''), '''');
END//
DELIMITER ;
