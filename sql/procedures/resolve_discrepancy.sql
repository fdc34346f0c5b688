-- With autocommit each statement would be a transaction of its own and the row lock gone after the
-- first: then the procedure makes its own transaction. Otherwise it is part of the caller's.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.resolve_discrepancy(
  IN p_id BIGINT UNSIGNED,
  IN p_resolution VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sets the state of a discrepancy: open, acknowledged, resolved or ignored (the last two with a note)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_holds BOOLEAN;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
    DEFAULT REGEXP_REPLACE(COALESCE(p_note, ''), '^[[:space:]]+|[[:space:]]+$', '');
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

  IF p_id IS NULL THEN
    SET v_why = 'p_id is NULL: give the id of a discrepancy';
  ELSEIF COALESCE(p_resolution, '') NOT IN ('open', 'acknowledged', 'resolved', 'ignored') THEN
    SET v_why = CONCAT('p_resolution must be open, acknowledged, resolved or ignored, not ',
      IF(p_resolution IS NULL, 'NULL', CONCAT('''', LEFT(p_resolution, 64), '''')));
  ELSEIF p_resolution IN ('resolved', 'ignored') AND v_note = '' THEN
    SET v_why = CONCAT('p_note must say why the discrepancy is ', p_resolution);
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
  SELECT state, holds INTO v_state, v_holds FROM purser.discrepancies WHERE id = p_id FOR UPDATE;
  IF v_state IS NULL THEN
    SET v_why = CONCAT('There is no discrepancy ', p_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF v_state = p_resolution THEN
    SET v_why = CONCAT('Discrepancy ', p_id, ' is ', v_state, ' already');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF p_resolution IN ('open', 'acknowledged') AND NOT v_holds THEN
    SET v_why = CONCAT('Discrepancy ', p_id, ' has come right: there is nothing to open again');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_resolve_discrepancy;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_resolve_discrepancy;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.discrepancies
       SET state = p_resolution,
           changed_at = UTC_TIMESTAMP(6),
           closed_at = IF(p_resolution IN ('resolved', 'ignored'), UTC_TIMESTAMP(6), NULL)
     WHERE id = p_id;
    INSERT INTO purser.discrepancy_events (discrepancy_id, at, actor, from_state, to_state, note)
    VALUES (p_id, UTC_TIMESTAMP(6), v_actor, v_state, p_resolution, v_note);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_resolve_discrepancy;
  END IF;
END//
DELIMITER ;
