DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_test(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts a test message for a channel into the outbox; answers with its id'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_enabled BOOLEAN DEFAULT NULL;
  -- Into a variable: a statement with these says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('test:', UUID());
  DECLARE v_server VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(@@hostname, ':', @@port);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(enabled) INTO v_enabled FROM purser.alert_channels WHERE name = p_channel;
  IF v_enabled IS NULL THEN
    SET v_why = CONCAT('There is no channel ', IF(p_channel IS NULL, 'NULL', CONCAT('''', p_channel, '''')),
      ': purser.alert_channels has their names');
  ELSEIF NOT v_enabled THEN
    SET v_why = CONCAT('The channel ''', p_channel, ''' is switched off: UPDATE purser.alert_channels SET enabled = TRUE');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_alert_test;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_test;
      END;
      RESIGNAL;
    END;
    INSERT INTO purser.outbox (channel, kind, dedup_key, subject, text, payload)
    VALUES (p_channel, 'test', v_key,
            CONCAT('[Purser] TEST of the channel ', p_channel, ', ',
                   DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:%i'), ' UTC'),
            CONCAT('This is a test, and nothing is wrong. ', v_actor, ' asked for it on ', v_server, '.\n'),
            JSON_OBJECT('test', JSON_EXTRACT('true', '$'), 'server', v_server));
    SELECT LAST_INSERT_ID() AS id;
    INSERT INTO purser.alert_events (at, actor, action, what)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'test', p_channel);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_test;
  END IF;
END//
DELIMITER ;
