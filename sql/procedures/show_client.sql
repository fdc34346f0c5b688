DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.show_client(
  IN p_client_id BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A client: what it is, what it has used this month, what it was told, its override'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_volume DECIMAL(25,4);
  DECLARE v_transactions, v_other BIGINT;
  DECLARE v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  CALL purser.client_need(p_client_id);
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0)
    INTO v_volume, v_transactions, v_other
    FROM purser.client_usage WHERE client_id = p_client_id AND month = v_month;
  FOR a IN (SELECT threshold, alert_type FROM purser.usage_alerts
             WHERE client_id = p_client_id AND alert_month = v_month ORDER BY threshold) DO
    SET v_alerts = CONCAT(v_alerts, IF(v_alerts = '', '', ', '), TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM a.threshold)), ' % ', a.alert_type);
  END FOR;
  SELECT c.id AS client_id, c.external_id, c.name, c.email, c.package, c.status, c.language, l.thresholds, l.hard_stop,
         c.counter_slots, v_month AS month, v_volume AS volume, l.volume_limit, v_transactions AS transactions,
         l.transaction_limit, v_other AS other_currency,
         purser.client_percent(v_volume, l.volume_limit, v_transactions, l.transaction_limit) AS usage_percent,
         l.price, l.currency, l.override_id, NULLIF(o.ends_at, '9999-12-31 00:00:00') AS override_ends_at, o.reason AS override_reason,
         NULLIF(v_alerts, '') AS alerts,
         (SELECT COUNT(*) FROM purser.client_keys AS k
           WHERE k.client_id = c.id AND k.revoked_at IS NULL AND COALESCE(k.expires_at, '9999-12-31') > UTC_TIMESTAMP(6)) AS good_keys,
         c.created_at, c.updated_at
    FROM purser.clients AS c
    JOIN purser.client_limits AS l ON l.client_id = c.id
    LEFT JOIN purser.pricing_overrides AS o ON o.id = l.override_id
   WHERE c.id = p_client_id;
END//
DELIMITER ;
