DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_template_language(
  IN p_name VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_language VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_old VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where a template of another row (p_old is the row''s own language) has the same language in other letter case. Used by triggers'
BEGIN
  DECLARE v_other VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT MIN(language) FROM purser.usage_templates
     WHERE name = p_name AND LOWER(language) = LOWER(p_language) AND language <> p_language AND NOT language <=> p_old);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF v_other IS NOT NULL THEN
    SET v_why = CONCAT('language: there is a template of ''', v_other, ''', and ''', LEFT(p_language, 16),
      ''' is the same language: change that one');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
