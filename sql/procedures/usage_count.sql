-- Called by the triggers of the tables that are counted, in the transaction that writes there. The row is
-- looked for before it is written, because an UPDATE that finds none would lock the gap, and two of
-- them would wait for each other. It is looked for by SELECT … INTO, which locks nothing; IF EXISTS would. With a binary log
-- that may hold statements each look locks, so there nobody looks. What lowers the usage may bring it
-- below a threshold that was told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_count(
  IN p_client BIGINT UNSIGNED,
  IN p_moment DATETIME(6),
  IN p_amount DECIMAL(25,4),
  IN p_currency VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_sign TINYINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Adds a transaction to its client''s month (p_sign 1) or takes it away (-1). Used by triggers'
this_procedure: BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(p_moment);
  DECLARE v_package_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_slots, v_slot TINYINT UNSIGNED DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4) DEFAULT p_sign * p_amount;
  DECLARE v_transactions, v_other, v_there BIGINT DEFAULT 0;

  SELECT c.counter_slots, p.currency INTO v_slots, v_package_currency
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package
   WHERE c.id = p_client;
  -- A mapped table may have transactions of nobody, or without an amount or a moment; recount_usage finds them later. What is
  -- dated 9999 has no moment either: counted in the calendar's last month it would be elsewhere when the calendar goes on.
  IF v_slots IS NULL OR p_amount IS NULL OR p_moment IS NULL OR v_month IS NULL OR p_moment >= '9000-01-01' THEN
    LEAVE this_procedure;
  END IF;
  SET v_slot = IF(v_slots = 1, 0, CONNECTION_ID() MOD v_slots);
  SET v_transactions = IF(p_amount < 0, 0, p_sign);
  IF COALESCE(p_currency, v_package_currency) <> v_package_currency THEN
    SET v_other = v_transactions, v_volume = 0;
  END IF;

  IF NOT @@log_bin OR @@SESSION.binlog_format = 'ROW' THEN
    SELECT COUNT(*) INTO v_there FROM purser.client_usage WHERE client_id = p_client AND month = v_month AND slot = v_slot;
  END IF;
  IF v_there THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.client_usage FORCE INDEX (PRIMARY)
       SET volume = volume + v_volume, transactions = transactions + v_transactions,
           other_currency = other_currency + v_other,
           due = due OR volume >= quiet_volume OR transactions >= quiet_transactions OR v_volume < 0 OR v_transactions < 0
     WHERE client_id = p_client AND month = v_month AND slot = v_slot;
  ELSE
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    CALL purser.usage_count_first(p_client, v_month, v_slot, v_slots, v_volume, v_transactions, v_other);
  END IF;
END//
DELIMITER ;
