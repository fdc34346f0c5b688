DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.outbox_replay(
  IN p_id BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sends a message again that was given up; NULL: all of them'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_count BIGINT DEFAULT 0;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  IF p_id IS NOT NULL THEN
    SELECT MAX(state) INTO v_state FROM purser.outbox WHERE id = p_id;
    SET v_why = CASE v_state
      WHEN 'dead' THEN NULL
      WHEN 'waiting' THEN CONCAT('Message ', p_id, ' is waiting to be sent already')
      WHEN 'sent' THEN CONCAT('Message ', p_id, ' was sent: only what was given up is sent again')
      ELSE CONCAT('There is no message ', p_id, ' in purser.outbox') END;
    IF v_why IS NOT NULL THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;

  SAVEPOINT purser_outbox_replay;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_outbox_replay;
      END;
      RESIGNAL;
    END;
    -- a usage alert goes to the client's present address: a wrong one may be why it was given up
    -- (a row that a session without the table's checks has put there holds up no other)
    SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
    UPDATE purser.outbox AS o
      JOIN purser.usage_alerts AS a ON a.outbox_id = o.id
      JOIN purser.clients AS c ON c.id = a.client_id
       SET o.recipient = c.email
     WHERE o.state = 'dead' AND o.kind = 'usage_alert' AND (p_id IS NULL OR o.id = p_id) AND o.recipient <> c.email;
    SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
    UPDATE purser.outbox
       SET state = 'waiting', attempts = 0, next_attempt_at = UTC_TIMESTAMP(6), give_up_from = UTC_TIMESTAMP(6),
           finished_at = NULL
     WHERE state = 'dead' AND (p_id IS NULL OR id = p_id)
     ORDER BY id;
    SET v_count = ROW_COUNT();
    IF v_count > 0 THEN
      INSERT INTO purser.alert_events (at, actor, action, what)
      VALUES (UTC_TIMESTAMP(6), v_actor, 'replay',
              IF(p_id IS NULL, CONCAT('all, ', v_count, ' messages'), CONCAT('message ', p_id)));
    END IF;
    SELECT v_count AS messages;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_outbox_replay;
  END IF;
END//
DELIMITER ;
