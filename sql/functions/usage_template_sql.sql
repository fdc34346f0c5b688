-- A template becomes an expression of SQL over the row v of usage_mail: its texts are quoted, its variables are
-- columns. So what a variable holds is never looked through for variables, whatever a client is called.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_template_sql(
  p_template LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_html BOOLEAN)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The expression that fills a template; an error that names a variable that there is not. Used by triggers and usage_mail'
BEGIN
  DECLARE v_texts TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'client_name,alert_type,package,recommended_package';
  DECLARE v_others TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'client_id,threshold,usage_percentage,measure,currency,month,current_volume,max_volume,remaining_volume,current_transactions,max_transactions,remaining_transactions,price,recommended_price,recommended_difference,recommended_volume,recommended_transactions';
  DECLARE v_parts TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'test,recommended,by_volume,by_transactions,limit_reached,hard_stop,volume_limited,transactions_limited,recommended_volume_limited,recommended_transactions_limited';
  DECLARE v_out LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'CONCAT(''''';
  DECLARE v_open, v_name, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_at, v_begin, v_end INT DEFAULT 1;

  SET v_begin = LOCATE('{{', p_template);
  WHILE v_begin > 0 AND v_why = '' DO
    SET v_out = CONCAT(v_out, ',', QUOTE(SUBSTRING(p_template, v_at, v_begin - v_at)));
    SET v_end = LOCATE('}}', p_template, v_begin);
    SET v_name = IF(v_end = 0, '', TRIM(SUBSTRING(p_template, v_begin + 2, v_end - v_begin - 2)));
    CASE
    WHEN v_end = 0 THEN
      SET v_why = CONCAT('''', LEFT(SUBSTRING(p_template, v_begin), 30), ''' has no }}');
    WHEN p_html AND FIND_IN_SET(v_name, v_texts) THEN
      SET v_out = CONCAT(v_out, ',v.', v_name, '_html');
    WHEN FIND_IN_SET(v_name, v_texts) OR FIND_IN_SET(v_name, v_others) THEN
      SET v_out = CONCAT(v_out, ',v.', v_name);
    WHEN LEFT(v_name, 1) IN ('#', '^') AND FIND_IN_SET(SUBSTRING(v_name, 2), v_parts) THEN
      SET v_open = CONCAT(SUBSTRING(v_name, 2), ',', v_open),
          v_out = CONCAT(v_out, ',IF(', IF(LEFT(v_name, 1) = '^', 'NOT ', ''), 'v.is_', SUBSTRING(v_name, 2), ',CONCAT(''''');
    WHEN LEFT(v_name, 1) = '/' AND v_open <> '' AND SUBSTRING_INDEX(v_open, ',', 1) = SUBSTRING(v_name, 2) THEN
      SET v_open = SUBSTRING(v_open, CHAR_LENGTH(v_name) + 1), v_out = CONCAT(v_out, '),'''')');
    WHEN LEFT(v_name, 1) = '/' THEN
      SET v_why = CONCAT('{{', LEFT(v_name, 60), '}} closes what was not opened last');
    ELSE
      SET v_why = CONCAT('there is no variable {{', LEFT(v_name, 60), '}}: docs/usage-alerts.md has their names');
    END CASE;
    IF v_why = '' AND CHAR_LENGTH(v_open) - CHAR_LENGTH(REPLACE(v_open, ',', '')) > 5 THEN
      SET v_why = CONCAT('{{', v_name, '}} is in more than five others');
    END IF;
    SET v_at = v_end + 2, v_begin = LOCATE('{{', p_template, v_end + 2);
  END WHILE;
  IF v_why = '' AND v_open <> '' THEN
    SET v_why = CONCAT('{{#', SUBSTRING_INDEX(v_open, ',', 1), '}} is not closed');
  END IF;
  IF v_why <> '' THEN
    SET v_why = CONCAT('The template is wrong: ', v_why);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN CONCAT(v_out, ',', QUOTE(SUBSTRING(p_template, v_at)), ')');
END//
DELIMITER ;
