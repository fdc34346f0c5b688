-- For the plugin, which has verified the signature: the secret that it derived has to be that of the key, or the key was made with
-- another seed. Nothing is written, so it serves on a replica, and all that is read is of one moment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_call(
  IN p_key_id LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_secret_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_operation LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: the answer to a signed request of a key, in a row'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
  -- of the column's character set: so it is found by the index
  DECLARE v_key VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin DEFAULT IF(p_key_id REGEXP '^pk_[A-Za-z0-9]{24}\\z', p_key_id, '');
  DECLARE v_hash BINARY(32) DEFAULT IF(p_secret_hash REGEXP '^[0-9A-Fa-f]{64}\\z', UNHEX(p_secret_hash), '');
  DECLARE v_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation IN
    ('usage', 'usage_history', 'package', 'transactions', 'reconciliation', 'checkpoint', 'key'), p_operation, NULL);
  DECLARE v_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_parameters, '{}');
  DECLARE v_client BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_of VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_good, v_expired, v_revoked BOOLEAN DEFAULT FALSE;
  DECLARE v_status INT DEFAULT 200;
  DECLARE v_months BIGINT DEFAULT 0;
  DECLARE v_problem VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_detail TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_operation IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_operation must be usage, usage_history, package, transactions, reconciliation, checkpoint or key';
  END IF;
  IF v_own THEN
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT;
  END IF;
  SELECT MAX(k.client_id), MAX(c.status), COALESCE(MAX(k.secret_hash = v_hash), FALSE),
         COALESCE(MAX(k.expires_at <= UTC_TIMESTAMP(6)), FALSE), COALESCE(MAX(k.revoked_at IS NOT NULL), FALSE)
    INTO v_client, v_of, v_good, v_expired, v_revoked
    FROM purser.client_keys AS k JOIN purser.clients AS c ON c.id = k.client_id WHERE k.key_id = v_key;

  IF NOT v_good OR v_revoked OR v_expired THEN
    SET v_status = 401, v_problem = 'invalid-key', v_client = NULL,
        v_detail = CASE WHEN NOT v_good THEN 'This key is not known' WHEN v_revoked THEN 'This key was revoked' ELSE 'This key has expired' END;
  ELSEIF v_of <> 'active' THEN
    SET v_status = 403, v_problem = CONCAT('client-', v_of), v_detail = CONCAT('This client is ', v_of);
  ELSE
    SET v_detail = purser.api_parameters_why(v_operation, v_parameters);
    IF v_detail IS NOT NULL THEN
      SET v_status = 400, v_problem = 'invalid-parameter';
    ELSEIF v_operation <> 'key' THEN
      SELECT COUNT(*) INTO v_months FROM purser.usage_months WHERE month = LEFT(JSON_VALUE(v_parameters, '$.date'), 7);
      SET v_body = purser.api_answer(v_client, v_operation, v_parameters);
      IF v_body IS NULL AND v_operation = 'checkpoint' THEN
        SET v_status = 404, v_problem = 'not-found', v_detail = 'Nothing of the audit log is sealed yet';
      ELSEIF v_body IS NULL AND v_months > 0 THEN
        SET v_status = 503, v_problem = 'not-configured',
            v_detail = 'The server cannot say when this day begins: its tables of time zones are empty (mariadb-tzinfo-to-sql fills them)';
      ELSEIF v_body IS NULL THEN
        SET v_status = 400, v_problem = 'invalid-parameter', v_detail = 'date: it is outside of the calendar of this server';
      END IF;
    END IF;
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
  SELECT v_status AS status, v_problem AS problem, v_detail AS detail, v_body AS body, v_client AS client_id;
END//
DELIMITER ;
