-- In a transaction of its own, so that whoever comes at the same time sees at once who was first. The row is made without a look
-- before, and only then locked: two who look for a row that is not there would lock the gap and wait for each other.
-- What is written comes from variables: a statement of the binary log has their values in it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_begin(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: takes an idempotency key; state is begun (do it), done (status and body are the answer), mismatch or in_progress'
BEGIN
  DECLARE v_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_hash, v_former BINARY(32) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_begun, v_ended DATETIME(6) DEFAULT NULL;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_status SMALLINT UNSIGNED DEFAULT NULL;
  DECLARE v_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_taken BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  CALL purser.api_idempotency_check(p_client_id, p_idempotency_key, p_request_hash);
  SET v_key = p_idempotency_key, v_hash = UNHEX(p_request_hash);
  CALL purser.api_idempotency_forget(v_now - INTERVAL 24 HOUR);

  START TRANSACTION;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.api_idempotency (client_id, idempotency_key, request_hash, begun_at)
    VALUES (p_client_id, v_key, v_hash, v_now);
  END;
  IF v_taken THEN
    -- The refused INSERT holds a shared lock, and so may others: two of them could not lock the row for themselves.
    ROLLBACK AND NO CHAIN NO RELEASE;
    START TRANSACTION;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT request_hash, begun_at, ended_at, status, body INTO v_former, v_begun, v_ended, v_status, v_body
      FROM purser.api_idempotency WHERE client_id = p_client_id AND idempotency_key = v_key FOR UPDATE;
    SET v_state = CASE
      -- taken away meanwhile: the client asks again
      WHEN v_begun IS NULL THEN 'in_progress'
      WHEN v_begun <= v_now - INTERVAL 24 HOUR THEN 'begun'
      WHEN v_former <> v_hash THEN 'mismatch'
      WHEN v_ended IS NOT NULL THEN 'done'
      WHEN v_begun <= v_now - INTERVAL 60 SECOND THEN 'begun'
      ELSE 'in_progress' END;
    IF v_state = 'begun' THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.api_idempotency
         SET request_hash = v_hash, begun_at = v_now, ended_at = NULL, status = NULL, body = NULL
       WHERE client_id = p_client_id AND idempotency_key = v_key;
    END IF;
    IF v_state <> 'done' THEN
      SET v_status = NULL, v_body = NULL;
    END IF;
  ELSE
    SET v_state = 'begun';
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
  SELECT v_state AS state, v_status AS status, v_body AS body;
END//
DELIMITER ;
