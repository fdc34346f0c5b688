-- More than a request adds, so that none is kept for ever; found without a lock and taken away one by one, by their whole keys. What
-- somebody else holds is left to the next.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_forget(
  IN p_before DATETIME(6))
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes away at most ten idempotency keys that are too old. Used by api_idempotency_begin'
BEGIN
  DECLARE v_mine BIGINT DEFAULT 1;
  DECLARE EXIT HANDLER FOR 1205, 1213
    ROLLBACK AND NO CHAIN NO RELEASE;

  FOR o IN (SELECT client_id, idempotency_key FROM purser.api_idempotency FORCE INDEX (by_begin)
             WHERE begun_at <= p_before ORDER BY begun_at, client_id, idempotency_key LIMIT 10)
  DO
    START TRANSACTION;
    SET v_mine = 1;
    -- a binary log of statements takes no SKIP LOCKED: there it waits
    IF @@SESSION.binlog_format <> 'STATEMENT' THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT COUNT(*) INTO v_mine FROM purser.api_idempotency
       WHERE client_id = o.client_id AND idempotency_key = o.idempotency_key FOR UPDATE SKIP LOCKED;
    END IF;
    IF v_mine > 0 THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      DELETE FROM purser.api_idempotency WHERE client_id = o.client_id AND idempotency_key = o.idempotency_key AND begun_at <= p_before;
    END IF;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
