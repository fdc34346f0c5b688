-- INVOKER, in the transaction of the batch. A second call with the same key waits here until the
-- first one's transaction has ended. What is written comes from variables: a statement that goes into
-- the binary log as text then has their values in it, and no function that is unsafe there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_key(
  IN p_routine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_batch LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: takes an idempotency key; p_answer is what an earlier call with it answered, or NULL'
BEGIN
  DECLARE v_hash CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT SHA2(p_batch, 256);
  DECLARE v_former CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_user VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_taken BOOLEAN DEFAULT FALSE;

  SET p_answer = NULL;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.batch_keys (routine, idempotency_key, batch_hash, requested_by, created_at)
    VALUES (p_routine, p_key, v_hash, v_user, UTC_TIMESTAMP(6));
  END;
  IF v_taken THEN
    -- the newest version of the row, whatever this transaction has seen before
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT batch_hash, answer INTO v_former, p_answer
      FROM purser.batch_keys WHERE routine = p_routine AND idempotency_key = p_key LOCK IN SHARE MODE;
    IF v_former <> v_hash THEN
      SET v_why = CONCAT('idempotency_key ', QUOTE(p_key), ' was used for another batch already');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;
END//
DELIMITER ;
