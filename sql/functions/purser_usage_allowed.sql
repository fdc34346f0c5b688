-- The client's row first, which lets one in at a time. Then the counters, in order, for those who write without asking. Each is
-- locked by its whole key, so that nobody's gap is locked, and is made where it is missing (usage_count_first; a look
-- by SELECT … INTO locks nothing, but in a binary log of statements, where nobody looks).
-- With a binary log that may hold statements InnoDB locks what a function reads that writes (shared). Two who read the client's row
-- would then wait for each other, so it is locked for writing before it is read.
-- Said to read: with a binary log a function that says that it writes is refused (1418). The counter that it may make is one of 0.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.purser_usage_allowed(
  p_client BIGINT UNSIGNED,
  p_amount DECIMAL(19,4))
  RETURNS BOOLEAN
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'May an active client have one more transaction of this amount now? With a hard stop 0 for what would go over a limit, and the client''s usage is locked until the transaction ends'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_volume_limit DECIMAL(19,4);
  DECLARE v_transaction_limit BIGINT UNSIGNED;
  DECLARE v_hard_stop BOOLEAN;
  DECLARE v_slots, v_slot INT DEFAULT 0;
  DECLARE v_volume, v_more DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_count BIGINT DEFAULT 0;
  DECLARE v_there INT DEFAULT 0;
  DECLARE v_statements BOOLEAN DEFAULT @@log_bin AND @@SESSION.binlog_format <> 'ROW';
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF v_statements THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT status INTO v_status FROM purser.clients WHERE id = p_client FOR UPDATE;
    SET v_status = NULL;
  END IF;
  SELECT status, hard_stop, volume_limit, transaction_limit, counter_slots
    INTO v_status, v_hard_stop, v_volume_limit, v_transaction_limit, v_slots
    FROM purser.client_limits WHERE client_id = p_client;
  IF v_status IS NULL THEN
    SET v_why = CONCAT('client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF p_amount IS NULL THEN
    SET v_why = 'amount: it is NULL; give the amount of the transaction in the currency of the client''s package';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF v_status <> 'active' THEN
    RETURN FALSE;
  END IF;
  IF NOT v_hard_stop OR COALESCE(v_volume_limit, v_transaction_limit) IS NULL OR p_amount < 0 THEN
    RETURN TRUE;
  END IF;

  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT status INTO v_status FROM purser.clients WHERE id = p_client FOR UPDATE;
  SET v_month = purser.usage_month(UTC_TIMESTAMP(6));
  IF v_month IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.usage_months is empty: CALL purser.usage_calendar()';
  END IF;
  SELECT GREATEST(v_slots, COALESCE(1 + MAX(slot), 1)) INTO v_slots FROM purser.usage_locks WHERE client_id = p_client;
  WHILE v_slot < v_slots DO
    IF NOT v_statements THEN
      SELECT COUNT(*) INTO v_there FROM purser.client_usage WHERE client_id = p_client AND month = v_month AND slot = v_slot;
    END IF;
    IF NOT v_there THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      CALL purser.usage_count_first(p_client, v_month, v_slot, v_slots, 0, 0, 0);
    END IF;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT volume, transactions INTO v_more, v_count FROM purser.client_usage
     WHERE client_id = p_client AND month = v_month AND slot = v_slot FOR UPDATE;
    SET v_volume = v_volume + v_more, v_transactions = v_transactions + v_count, v_slot = v_slot + 1;
  END WHILE;
  RETURN v_status = 'active' AND COALESCE(v_volume + p_amount <= v_volume_limit, TRUE)
     AND COALESCE(CAST(v_transactions + 1 AS DECIMAL(25)) <= v_transaction_limit, TRUE);
END//
DELIMITER ;
