-- Reads nothing, and asks the server for the locks that a write would take: it refuses that where the
-- session itself has LOCK TABLES (1099, 1100) or FLUSH TABLES WITH READ LOCK (1223).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.refuse_locks()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Refuses a session that would wait for work which waits for its locks. Used by reconcile and imports'
BEGIN
  DECLARE v_none INT;
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.lock_wait_timeout;
  -- All else (a server that is read-only, a lock of another session) is not for here to say.
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  DECLARE EXIT HANDLER FOR 1099, 1100, 1223
  BEGIN
    SET SESSION lock_wait_timeout = v_old;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'Purser: this session holds LOCK TABLES or FLUSH TABLES WITH READ LOCK, and would wait for work that waits for its locks: UNLOCK TABLES first';
  END;
  SET SESSION lock_wait_timeout = 0;
  SELECT COUNT(*) INTO v_none FROM purser.discrepancies AS d, purser.reconciliation_runs AS r WHERE FALSE FOR UPDATE;
  SET SESSION lock_wait_timeout = v_old;
END//
DELIMITER ;
