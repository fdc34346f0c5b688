DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_template_check(
  IN p_locale VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_subject VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_html LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a template could not be filled. Used by triggers'
BEGIN
  DECLARE v_filled LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE CONTINUE HANDLER FOR 1649
  BEGIN
    SET v_why = CONCAT('The template is wrong: locale ''', p_locale, ''' is none that FORMAT() knows, as en_US or fr_FR');
  END;

  SET v_filled = FORMAT(1, 0, p_locale);
  SET v_filled = purser.usage_template_sql(p_subject, FALSE);
  SET v_filled = purser.usage_template_sql(p_text, FALSE);
  IF p_html IS NOT NULL THEN
    SET v_filled = purser.usage_template_sql(p_html, TRUE);
  END IF;
  IF v_why IS NULL AND NOT (p_text LIKE '%{{#test}}%' AND COALESCE(p_html, p_text) LIKE '%{{#test}}%') THEN
    SET v_why = 'The template is wrong: text and html each need {{#test}}...{{/test}}, by which a test is known';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
