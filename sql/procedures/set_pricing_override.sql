-- Amounts are taken as text: the conversion of a parameter follows the caller's sql_mode, which may make 0 of 'abc'.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.set_pricing_override(
  IN p_client_id BIGINT UNSIGNED,
  IN p_price VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_volume_limit VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_transaction_limit VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from DATETIME(6),
  IN p_until DATETIME(6),
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Gives a client another price or other limits from p_from (UTC; NULL: now) until p_until (NULL: without end)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_from DATETIME(6) DEFAULT COALESCE(p_from, v_now);
  DECLARE v_until DATETIME(6) DEFAULT COALESCE(p_until, '9999-12-31 00:00:00');
  DECLARE v_id, v_other BIGINT UNSIGNED DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  CALL purser.client_reason(p_reason);
  CALL purser.override_number('p_price', p_price, '^[0-9]{1,15}([.][0-9]{1,4})?$', 'an amount of at most 15 digits and 4 decimals');
  CALL purser.override_number('p_volume_limit', p_volume_limit, '^[0-9]{1,15}([.][0-9]{1,4})?$', 'an amount of at most 15 digits and 4 decimals');
  CALL purser.override_number('p_transaction_limit', p_transaction_limit, '^[0-9]{1,18}$', 'a number of at most 18 digits');
  SET v_why = CASE
    WHEN p_price IS NULL AND p_volume_limit IS NULL AND p_transaction_limit IS NULL THEN
      'p_price, p_volume_limit and p_transaction_limit are all NULL: give what is to be another'
    WHEN v_from < v_now THEN CONCAT('p_from: ', v_from, ' (UTC) is in the past; NULL is now')
    WHEN v_until <= v_from THEN CONCAT('p_until: ', v_until, ' (UTC) is not after the beginning, ', v_from) END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_set_pricing_override;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_set_pricing_override;
      END;
      RESIGNAL;
    END;
    -- Whoever changes overrides takes turns, before anything else is locked: the triggers would ask for the turn later, and two who hold what
    -- the other wants would end in a deadlock.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    -- One override of a client at a time. The package only so that its currency stays: with a binary log of statements payments of all
    -- its clients lock it as well.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client_id FOR UPDATE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(currency) INTO v_currency FROM purser.packages WHERE name = v_package LOCK IN SHARE MODE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MIN(id) INTO v_other FROM purser.pricing_overrides
     WHERE client_id = p_client_id AND starts_at < v_until AND ends_at > v_from FOR UPDATE;
    IF v_other IS NOT NULL THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT CONCAT('Override ', id, ' of client ', client_id, ' is in force from ', starts_at,
               IF(ends_at = '9999-12-31', ' on, without end', CONCAT(' until ', ends_at)),
               ' (UTC): end it first by CALL purser.end_pricing_override(', id, ', …), or choose a time outside')
        INTO v_why FROM purser.pricing_overrides WHERE id = v_other FOR UPDATE;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.pricing_overrides
      (client_id, price, volume_limit, transaction_limit, currency, starts_at, ends_at, reason, created_by)
    VALUES (p_client_id, p_price, p_volume_limit, p_transaction_limit, v_currency, v_from, v_until, p_reason, v_actor);
    SET v_id = LAST_INSERT_ID();
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_set_pricing_override;
  END IF;
  SELECT id, client_id, price, volume_limit, transaction_limit, currency, starts_at,
         NULLIF(ends_at, '9999-12-31 00:00:00') AS ends_at, reason
    FROM purser.pricing_overrides WHERE id = v_id;
END//
DELIMITER ;
