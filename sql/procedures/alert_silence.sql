DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_silence(
  IN p_what VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_minutes INT UNSIGNED,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Nobody is told of a check, of service:NAME or of all (*) for so many minutes; another call sets another end'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_note, '');
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

  IF COALESCE(p_what, '') NOT REGEXP '^([*]|service:[^*]+|[^*:]+)$' OR p_what REGEXP '[[:cntrl:]]' THEN
    SET v_why = CONCAT('p_what must be the name of a check, service:NAME or *, not ',
      IF(p_what IS NULL, 'NULL', CONCAT('''', p_what, '''')));
  ELSEIF COALESCE(p_minutes, 0) NOT BETWEEN 1 AND 527040 THEN
    SET v_why = CONCAT('p_minutes must be 1 to 527040 (a year), not ', COALESCE(p_minutes, 'NULL'));
  ELSEIF CHAR_LENGTH(v_note) > 1024 THEN
    SET v_why = CONCAT('p_note has ', CHAR_LENGTH(v_note), ' characters; at most 1024 are kept');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_alert_silence;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_silence;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.alert_silences (what, until, created_at, created_by, note)
    VALUES (p_what, UTC_TIMESTAMP(6) + INTERVAL p_minutes MINUTE, UTC_TIMESTAMP(6), v_actor, v_note)
    ON DUPLICATE KEY UPDATE until = VALUES(until), created_at = VALUES(created_at),
      created_by = VALUES(created_by), note = VALUES(note);
    INSERT INTO purser.alert_events (at, actor, action, what, note)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'silence', CONCAT(p_what, ' for ', p_minutes, ' minutes'), v_note);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_silence;
  END IF;
END//
DELIMITER ;
