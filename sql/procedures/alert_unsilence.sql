DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_unsilence(
  IN p_what VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Ends a silence before its time'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_count BIGINT DEFAULT 0;
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

  IF COALESCE(p_what, '') = '' THEN
    SET v_why = 'p_what is empty: give what was silenced, as purser.alert_silences has it';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT COUNT(*) INTO v_count FROM purser.alert_silences
   WHERE what = p_what AND until > UTC_TIMESTAMP(6) FOR UPDATE;
  IF v_count = 0 THEN
    SET v_why = CONCAT('''', p_what, ''' is not silenced: purser.alert_silences has what is');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_alert_unsilence;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_unsilence;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    DELETE FROM purser.alert_silences WHERE what = p_what;
    INSERT INTO purser.alert_events (at, actor, action, what)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'unsilence', p_what);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_unsilence;
  END IF;
END//
DELIMITER ;
