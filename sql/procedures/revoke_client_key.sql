DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revoke_client_key(
  IN p_key_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'A key of the client API is good no more'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_found BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_revoked DATETIME(6) DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_reason(p_reason);
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_revoke_client_key;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_revoke_client_key;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(client_id), MAX(revoked_at) INTO v_found, v_revoked FROM purser.client_keys WHERE key_id = p_key_id FOR UPDATE;
    IF v_found IS NULL OR v_revoked IS NOT NULL THEN
      SET v_why = IF(v_found IS NULL,
        CONCAT('p_key_id: there is no key ', COALESCE(CONCAT('''', p_key_id, ''''), 'NULL'), ' in purser.client_keys'),
        CONCAT('p_key_id: the key ', p_key_id, ' was revoked at ', v_revoked, ' (UTC)'));
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.client_keys SET revoked_at = UTC_TIMESTAMP(6) WHERE key_id = p_key_id;
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_revoke_client_key;
  END IF;
  SELECT key_id, client_id, label, created_at, expires_at, revoked_at FROM purser.client_keys WHERE key_id = p_key_id;
END//
DELIMITER ;
