-- The limits are locked until the commit: who changes them waits, and marks this row as due, which is there then.
-- With one slot the first quiet levels are known: those of the lowest threshold. Of several slots a new
-- one does not know what the others hold, so a check has to look.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_count_first(
  IN p_client BIGINT UNSIGNED,
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_slot TINYINT UNSIGNED,
  IN p_slots TINYINT UNSIGNED,
  IN p_volume DECIMAL(25,4),
  IN p_transactions BIGINT,
  IN p_other BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Adds the first transaction of a client''s month. Used by usage_count'
BEGIN
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions BIGINT DEFAULT 0;

  IF p_slots = 1 THEN
    SELECT COALESCE(purser.usage_level(l.volume_limit, MIN(t.threshold), 0.0001), 999999999999999999999),
           LEAST(COALESCE(purser.usage_level(l.transaction_limit, MIN(t.threshold), 1), 9223372036854775807), 9223372036854775807)
      INTO v_volume, v_transactions
      FROM purser.client_limits AS l LEFT JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds
     WHERE l.client_id = p_client
      LOCK IN SHARE MODE;
  END IF;
  INSERT INTO purser.client_usage
    (client_id, month, slot, volume, transactions, other_currency, quiet_volume, quiet_transactions, due)
  VALUES (p_client, p_month, p_slot, p_volume, p_transactions, p_other, v_volume, v_transactions,
          p_volume >= v_volume OR p_transactions >= v_transactions)
  ON DUPLICATE KEY UPDATE
    volume = volume + VALUES(volume), transactions = transactions + VALUES(transactions),
    other_currency = other_currency + VALUES(other_currency),
    due = due OR volume >= quiet_volume OR transactions >= quiet_transactions;
END//
DELIMITER ;
