-- Only what is under way ends: an answer that was kept stays, so that everybody is given the same one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_end(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_status INT,
  IN p_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: keeps the answer to a request that api_idempotency_begin let begin'
BEGIN
  DECLARE v_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_hash BINARY(32) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  CALL purser.api_idempotency_check(p_client_id, p_idempotency_key, p_request_hash);
  IF p_status IS NULL OR p_status NOT BETWEEN 100 AND 599 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_status must be an HTTP status';
  ELSEIF LENGTH(p_body) > 1048576 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_body: at most 1 MiB is kept';
  END IF;
  SET v_key = p_idempotency_key, v_hash = UNHEX(p_request_hash);
  START TRANSACTION;
  UPDATE purser.api_idempotency SET ended_at = v_now, status = p_status, body = p_body
   WHERE client_id = p_client_id AND idempotency_key = v_key AND request_hash = v_hash AND ended_at IS NULL;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
