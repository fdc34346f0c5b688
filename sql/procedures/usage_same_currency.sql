DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_same_currency(
  IN p_client BIGINT UNSIGNED,
  IN p_from VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_to VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where a client''s usage of a month that is open is counted in another currency than that of package p_to'
BEGIN
  DECLARE v_from, v_to CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_used BIGINT DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SELECT MAX(IF(name = p_from, currency, NULL)), MAX(IF(name = p_to, currency, NULL)) INTO v_from, v_to
    FROM purser.packages WHERE name IN (p_from, p_to);
  IF v_from <> v_to THEN
    SELECT COUNT(*) INTO v_used FROM purser.client_usage AS u JOIN purser.usage_months AS m ON m.month = u.month
     WHERE u.client_id = p_client AND m.closed_at IS NULL AND u.volume <> 0;
  END IF;
  IF v_used > 0 THEN
    SET v_why = CONCAT('Client ', p_client, ' has usage in ', v_from, ' in a month that is not closed, and package ''', p_to,
      ''' counts in ', v_to, ': switch when the month is closed and nothing was used yet');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
