DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_compare(
  IN p_client BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What would be another on that package: a JSON list of [what, from, to, difference]. Used by switch_package'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_old, v_new VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_currency, v_new_currency, v_override_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_set, v_new_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_price, v_new_price, v_old_volume_limit, v_new_volume_limit DECIMAL(19,4);
  DECLARE v_override_price, v_override_volume DECIMAL(19,4) DEFAULT NULL;
  DECLARE v_old_transactions, v_new_transactions, v_override_transactions, v_override BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4);
  DECLARE v_transactions BIGINT;
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_percent, v_new_percent DECIMAL(12,2);

  SELECT package, currency, price, volume_limit, transaction_limit, thresholds, status
    INTO v_old, v_old_currency, v_old_price, v_old_volume_limit, v_old_transactions, v_old_set, v_status
    FROM purser.client_limits WHERE client_id = p_client;
  SELECT p.name, p.currency, p.price, p.volume_limit, p.transaction_limit, COALESCE(c.thresholds, p.thresholds)
    INTO v_new, v_new_currency, v_new_price, v_new_volume_limit, v_new_transactions, v_new_set
    FROM purser.packages AS p JOIN purser.clients AS c ON c.id = p_client WHERE p.name = p_package;
  SELECT MAX(id), MAX(currency), MAX(price), MAX(volume_limit), MAX(transaction_limit)
    INTO v_override, v_override_currency, v_override_price, v_override_volume, v_override_transactions
    FROM purser.pricing_overrides
   WHERE client_id = p_client AND starts_at <= UTC_TIMESTAMP(6) AND ends_at > UTC_TIMESTAMP(6);
  IF v_override_currency = v_new_currency THEN
    SET v_new_price = COALESCE(v_override_price, v_new_price), v_new_volume_limit = COALESCE(v_override_volume, v_new_volume_limit),
        v_new_transactions = COALESCE(v_override_transactions, v_new_transactions);
  END IF;
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0) INTO v_volume, v_transactions
    FROM purser.client_usage WHERE client_id = p_client AND month = v_month;
  SET v_old_percent = purser.client_percent(v_volume, v_old_volume_limit, v_transactions, v_old_transactions),
      v_new_percent = purser.client_percent(v_volume, v_new_volume_limit, v_transactions, v_new_transactions);

  SET p_rows = JSON_ARRAY(
    JSON_ARRAY('package', v_old, v_new, NULL),
    JSON_ARRAY('currency', v_old_currency, v_new_currency, NULL),
    JSON_ARRAY('price', v_old_price, v_new_price, IF(v_old_currency = v_new_currency, v_new_price - v_old_price, NULL)),
    JSON_ARRAY('volume_limit', COALESCE(v_old_volume_limit, 'none'), COALESCE(v_new_volume_limit, 'none'),
      IF(v_old_currency = v_new_currency, v_new_volume_limit - v_old_volume_limit, NULL)),
    JSON_ARRAY('transaction_limit', COALESCE(v_old_transactions, 'none'), COALESCE(v_new_transactions, 'none'),
      CAST(v_new_transactions AS DECIMAL(20)) - CAST(v_old_transactions AS DECIMAL(20))),
    JSON_ARRAY('usage_percent', v_old_percent, v_new_percent, v_new_percent - v_old_percent));
  IF v_override IS NOT NULL THEN
    SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(CONCAT('override ', v_override),
      IF(v_override_currency = v_old_currency, 'in force', 'other currency'),
      IF(v_override_currency = v_new_currency, 'in force', 'other currency'), NULL));
  END IF;
  FOR t IN (
    SELECT t.threshold, MAX(t.alert_type) AS alert_type, MAX(t.old_one) AS in_old, MAX(t.new_one) AS in_new,
           MAX(a.id) IS NOT NULL AS told, MAX(a.cleared_at) IS NOT NULL AS cleared
      FROM (SELECT threshold, alert_type, 1 AS old_one, 0 AS new_one FROM purser.usage_thresholds WHERE name_of_set = v_old_set
            UNION ALL
            SELECT threshold, alert_type, 0, 1 FROM purser.usage_thresholds WHERE name_of_set = v_new_set) AS t
      LEFT JOIN purser.usage_alerts AS a ON a.client_id = p_client AND a.alert_month = v_month AND a.threshold = t.threshold
     GROUP BY t.threshold
     ORDER BY t.threshold)
  DO
    BEGIN
      DECLARE v_before BOOLEAN DEFAULT t.in_old AND COALESCE(
        v_volume >= purser.usage_level(v_old_volume_limit, t.threshold, 0.0001), FALSE) + COALESCE(
        v_transactions >= purser.usage_level(v_old_transactions, t.threshold, 1), FALSE) > 0;
      DECLARE v_after BOOLEAN DEFAULT t.in_new AND COALESCE(
        v_volume >= purser.usage_level(v_new_volume_limit, t.threshold, 0.0001), FALSE) + COALESCE(
        v_transactions >= purser.usage_level(v_new_transactions, t.threshold, 1), FALSE) > 0;
      SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(
        CONCAT('alert ', TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM t.threshold)), ' % ', t.alert_type),
        IF(t.in_old, IF(v_before, 'reached', 'not reached'), 'none'), IF(t.in_new, IF(v_after, 'reached', 'not reached'), 'none'),
        -- as usage_check_batch does it: what the new set has not is left as it was told
        CASE WHEN v_status <> 'active' THEN NULL
             WHEN v_after AND NOT t.told THEN 'would fire'
             WHEN v_after AND (t.cleared OR NOT v_before) THEN 'was told already this month'
             WHEN t.in_new AND t.told AND NOT t.cleared AND NOT v_after THEN 'would clear' END));
    END;
  END FOR;
END//
DELIMITER ;
