DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.end_pricing_override(
  IN p_id BIGINT UNSIGNED,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Ends an override now; one that has not begun is taken away (admin_log keeps it)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_from, v_until DATETIME(6) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_client BIGINT UNSIGNED DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(client_id) INTO v_client FROM purser.pricing_overrides WHERE id = p_id;
  IF v_client IS NULL THEN
    SET v_why = CONCAT('p_id: there is no override ', COALESCE(p_id, 'NULL'), ' in purser.pricing_overrides');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.client_reason(p_reason);
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_end_pricing_override;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_end_pricing_override;
      END;
      RESIGNAL;
    END;
    -- Whoever changes overrides takes turns, before anything else is locked: the triggers would ask for the turn later, and two who hold what
    -- the other wants would end in a deadlock.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    -- The client before its overrides, as who counts the first transaction of a month locks them.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(id) INTO v_client FROM purser.clients WHERE id = v_client FOR UPDATE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(starts_at), MAX(ends_at) INTO v_from, v_until FROM purser.pricing_overrides WHERE id = p_id FOR UPDATE;
    IF v_until IS NULL OR v_until <= v_now THEN
      SET v_why = CONCAT('p_id: override ', p_id, ' has ended already', COALESCE(CONCAT(', at ', v_until, ' (UTC)'), ''));
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    IF v_from >= v_now THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      DELETE FROM purser.pricing_overrides WHERE id = p_id;
    ELSE
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.pricing_overrides SET ends_at = v_now WHERE id = p_id;
    END IF;
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_end_pricing_override;
  END IF;
  SELECT p_id AS id, v_client AS client_id, v_from AS starts_at, IF(v_from >= v_now, NULL, v_now) AS ends_at,
         IF(v_from >= v_now, 'taken away', 'ended') AS state;
END//
DELIMITER ;
