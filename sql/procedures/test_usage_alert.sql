DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.test_usage_alert(
  IN p_client BIGINT UNSIGNED,
  IN p_threshold DECIMAL(65,10))
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sends a client the mail of a threshold, with what it has used so far, marked as a test; records no alert. Answers with the message'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_channel();
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('usage-test:', UUID());
  DECLARE v_set, v_type, v_list, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_row LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(thresholds) INTO v_set FROM purser.client_limits WHERE client_id = p_client;
  SET STATEMENT group_concat_max_len = 1048576 FOR
  SELECT MAX(IF(threshold = p_threshold, alert_type, NULL)), GROUP_CONCAT(threshold ORDER BY threshold SEPARATOR ', ') INTO v_type, v_list
    FROM purser.usage_thresholds WHERE name_of_set = v_set;
  IF v_set IS NULL THEN
    SET v_why = CONCAT('client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF v_type IS NULL THEN
    SET v_why = CONCAT('threshold: client ', p_client, ' has none of ', COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM p_threshold)), 'NULL'), ' percent; the set ''', v_set, ''' has ',
      COALESCE(v_list, 'none'));
  ELSEIF v_channel IS NULL THEN
    SET v_why = 'There is no channel for usage alerts: set usage_channel in purser.settings to a channel of kind mail in purser.alert_channels';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SELECT JSON_ARRAY(JSON_ARRAY(l.client_id, v_month, CAST(p_threshold AS DECIMAL(5,2)), v_type,
           COALESCE(GREATEST(COALESCE(purser.usage_percent(s.volume, l.volume_limit), 0),
                             COALESCE(purser.usage_percent(s.transactions, l.transaction_limit), 0)), 0),
           IF(COALESCE(purser.usage_percent(s.volume, l.volume_limit), -1)
              >= COALESCE(purser.usage_percent(s.transactions, l.transaction_limit), -1), 'volume', 'transactions'),
           s.volume, l.volume_limit, s.transactions, l.transaction_limit, l.currency, l.package))
    INTO v_row
    FROM purser.client_limits AS l
    JOIN (SELECT COALESCE(SUM(volume), 0) AS volume, COALESCE(SUM(transactions), 0) AS transactions
            FROM purser.client_usage WHERE client_id = p_client AND month = v_month) AS s
   WHERE l.client_id = p_client;
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR CALL purser.usage_mail(v_row, v_channel, v_key);
  SELECT id AS message, recipient, subject FROM purser.outbox WHERE dedup_key = v_key;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
END//
DELIMITER ;
