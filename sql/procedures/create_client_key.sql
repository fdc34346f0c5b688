-- The secret is in a variable and in the answer alone: statements and logs see its hash.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.create_client_key(
  IN p_client_id BIGINT UNSIGNED,
  IN p_label LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_expires_at DATETIME(6))
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Makes a key of the client API and shows its secret, once; p_expires_at in UTC, NULL: never'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_label LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_label, '');
  DECLARE v_key VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_secret VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_hash BINARY(32);
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  -- SELECT … INTO, as a subquery of SET would lock the client.
  SELECT MAX(status) INTO v_status FROM purser.clients WHERE id = p_client_id;
  SET v_why = CASE
    WHEN CHAR_LENGTH(v_label) > 100 OR v_label REGEXP '[[:cntrl:]]' THEN 'p_label must be one line of at most 100 characters'
    WHEN p_expires_at <= UTC_TIMESTAMP(6) THEN CONCAT('p_expires_at: ', p_expires_at, ' (UTC) is in the past; NULL is never')
    WHEN v_status = 'closed' THEN CONCAT('p_client_id: client ', p_client_id, ' is closed') END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  WHILE CHAR_LENGTH(v_key) < 27 DO
    SET v_key = CONCAT('pk_', LEFT(REGEXP_REPLACE(TO_BASE64(RANDOM_BYTES(36)), '[^A-Za-z0-9]', ''), 24));
  END WHILE;
  SET v_secret = purser_client_secret(v_key);
  SET v_hash = UNHEX(SHA2(v_secret, 256));
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_create_client_key;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_create_client_key;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.client_keys (key_id, client_id, secret_hash, label, expires_at)
    VALUES (v_key, p_client_id, v_hash, v_label, p_expires_at);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_create_client_key;
  END IF;
  SELECT v_key AS key_id, v_secret AS secret, p_client_id AS client_id, v_label AS label, p_expires_at AS expires_at;
END//
DELIMITER ;
