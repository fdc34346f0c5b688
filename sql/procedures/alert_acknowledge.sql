DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_acknowledge(
  IN p_alert VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Somebody looks after an alert (its id) or all that a rule tells of: no repeats until it is over or gets worse'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_note, '');
  DECLARE v_id BIGINT UNSIGNED DEFAULT IF(p_alert REGEXP '^[0-9]{1,18}$', p_alert, NULL);
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

  IF COALESCE(p_alert, '') = '' THEN
    SET v_why = 'p_alert is empty: give the id of an alert (purser.firing_alerts has them), or the name of a rule';
  ELSEIF CHAR_LENGTH(v_note) > 1024 THEN
    SET v_why = CONCAT('p_note has ', CHAR_LENGTH(v_note), ' characters; at most 1024 are kept');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT COUNT(*) INTO v_count FROM purser.alerts
   WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id) FOR UPDATE;
  IF v_count = 0 THEN
    SET v_why = CONCAT('Nothing fires that is called ''', p_alert,
      ''': give the id of an alert (purser.firing_alerts has them), or the name of a rule');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_alert_acknowledge;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_acknowledge;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.alert_events (at, actor, action, what, note)
    SELECT UTC_TIMESTAMP(6), v_actor, 'acknowledge', CONCAT('alert ', id, ': ', rule, ', ', server, ', ', subject), v_note
      FROM purser.alerts
     WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id)
     ORDER BY id;
    SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
    UPDATE purser.alerts
       SET acknowledged_at = UTC_TIMESTAMP(6), acknowledged_by = v_actor, note = v_note
     WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id)
     ORDER BY id;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_acknowledge;
  END IF;
END//
DELIMITER ;
