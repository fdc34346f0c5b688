-- Refuses what the volume could not be counted in.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.client_currency(
  p_client BIGINT UNSIGNED,
  p_currency VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The currency of a client''s package; an error where p_currency is another. Used by triggers'
BEGIN
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  SELECT MAX(p.currency) INTO v_currency FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  IF v_currency IS NULL THEN
    SET v_why = CONCAT('There is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF COALESCE(p_currency, v_currency) <> v_currency THEN
    SET v_why = CONCAT('currency is ''', p_currency, ''', but the usage of client ', p_client, ' is counted in ', v_currency,
      ': convert the amount, or leave currency out');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_currency;
END//
DELIMITER ;
