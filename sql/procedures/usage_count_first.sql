-- Those who make the same counter take turns by usage_locks. The row is written without being looked for, since a locked
-- look at one that is missing locks the gap, and of two who hold the gap each waits for the other. The client is
-- locked before its counter, as by whoever changes it; the limits until the commit: who changes them waits,
-- and marks this row as due, which is there then. With one slot the first quiet levels are known: those of
-- the lowest threshold. Of several slots a new one does not know what the others hold, so a check has to look.
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
  COMMENT 'Adds a transaction to a counter that may be missing. Used by usage_count and purser_usage_allowed'
BEGIN
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_new BIGINT DEFAULT 0;

  SELECT COUNT(*) INTO v_new FROM purser.clients WHERE id = p_client LOCK IN SHARE MODE;
  SET v_new = 0;
  CALL purser.usage_lock(p_client, p_slot, 1);
  INSERT INTO purser.client_usage (client_id, month, slot, volume, transactions, other_currency)
  VALUES (p_client, p_month, p_slot, p_volume, p_transactions, p_other)
  ON DUPLICATE KEY UPDATE
    volume = volume + VALUES(volume), transactions = transactions + VALUES(transactions),
    other_currency = other_currency + VALUES(other_currency),
    due = due OR volume >= quiet_volume OR transactions >= quiet_transactions OR VALUES(volume) < 0 OR VALUES(transactions) < 0;
  -- ROW_COUNT() says nothing within a trigger: what holds no more than this, and was never looked at, is new.
  IF p_slots = 1 THEN
    SELECT COUNT(*) INTO v_new FROM purser.client_usage
     WHERE client_id = p_client AND month = p_month AND slot = p_slot AND volume = p_volume AND transactions = p_transactions
       AND other_currency = p_other AND quiet_volume = 0 AND quiet_transactions = 0 AND due;
  END IF;
  IF v_new THEN
    SELECT COALESCE(purser.usage_level(l.volume_limit, MIN(t.threshold), 0.0001), 999999999999999999999),
           LEAST(COALESCE(purser.usage_level(l.transaction_limit, MIN(t.threshold), 1), 9223372036854775807), 9223372036854775807)
      INTO v_volume, v_transactions
      FROM purser.client_limits AS l LEFT JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds
     WHERE l.client_id = p_client
      LOCK IN SHARE MODE;
    UPDATE purser.client_usage FORCE INDEX (PRIMARY)
       SET quiet_volume = v_volume, quiet_transactions = v_transactions,
           due = volume >= v_volume OR transactions >= v_transactions
     WHERE client_id = p_client AND month = p_month AND slot = p_slot;
  END IF;
END//
DELIMITER ;
