DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_check(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'An error where these are no client, idempotency key and hash, or a transaction is open. Used by api_idempotency_begin and api_idempotency_end'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE
    WHEN @@in_transaction = 1 THEN 'An idempotency key is taken in a transaction of its own: COMMIT or ROLLBACK that of this session first'
    WHEN p_client_id IS NULL THEN 'p_client_id: it is NULL; the number of a client was expected'
    WHEN NOT COALESCE(p_idempotency_key REGEXP '^[!-~]{1,64}\\z', FALSE) THEN
      'p_idempotency_key must be 1 to 64 characters of ASCII without blanks'
    WHEN NOT COALESCE(p_request_hash REGEXP '^[0-9A-Fa-f]{64}\\z', FALSE) THEN 'p_request_hash must be the 64 hex digits of an SHA-256' END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
