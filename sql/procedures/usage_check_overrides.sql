-- That an override begins or ends is a matter of the clock: nobody writes anything then.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_overrides()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Marks the clients as due whose overrides have begun or ended since the last check. Used by usage_check'
BEGIN
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_turn BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR 1205
  BEGIN
    -- Somebody has an override in a transaction that is open: the next check does it, and this one the rest of its work.
    ROLLBACK AND NO CHAIN NO RELEASE;
    IF v_turn THEN
      RESIGNAL;
    END IF;
  END;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  FOR begun IN (SELECT id, client_id FROM purser.pricing_overrides
                 WHERE start_seen_at IS NULL AND starts_at <= v_now ORDER BY starts_at LIMIT 10000)
  DO
    CALL purser.usage_begin();
    -- The turn before the counters, or payments would wait with this for whoever has it.
    SET v_turn = FALSE;
    SET STATEMENT innodb_snapshot_isolation = 0, innodb_lock_wait_timeout = 1 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    SET v_turn = TRUE;
    -- The counters before the override, as who counts the first transaction of a month locks them.
    CALL purser.usage_due(begun.client_id);
    -- a row that a session without the table's checks has written ends no round
    SET STATEMENT check_constraint_checks = 0 FOR
    UPDATE purser.pricing_overrides SET start_seen_at = v_now WHERE id = begun.id AND start_seen_at IS NULL;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
  FOR ended IN (SELECT id, client_id FROM purser.pricing_overrides
                 WHERE end_seen_at IS NULL AND ends_at <= v_now ORDER BY ends_at LIMIT 10000)
  DO
    CALL purser.usage_begin();
    SET v_turn = FALSE;
    SET STATEMENT innodb_snapshot_isolation = 0, innodb_lock_wait_timeout = 1 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    SET v_turn = TRUE;
    CALL purser.usage_due(ended.client_id);
    SET STATEMENT check_constraint_checks = 0 FOR
    UPDATE purser.pricing_overrides SET end_seen_at = v_now WHERE id = ended.id AND end_seen_at IS NULL AND ends_at <= v_now;
    IF ROW_COUNT() = 1 THEN
      INSERT INTO purser.admin_log (actor, action, object, object_id, client_id, old_values, reason)
      SELECT 'purser', 'ended', 'override', o.id, o.client_id,
             JSON_OBJECT('price', o.price, 'volume_limit', o.volume_limit, 'transaction_limit', o.transaction_limit, 'currency', o.currency,
                         'starts_at', o.starts_at, 'ends_at', o.ends_at), 'its time is over'
        FROM purser.pricing_overrides AS o WHERE o.id = ended.id;
    END IF;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
END//
DELIMITER ;
