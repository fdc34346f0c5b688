-- Three parts: what was closed; what is counted beside that (of a closed month it is late as a whole); and clients
-- that have used nothing in an open month.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_report(
  IN p_client_id BIGINT UNSIGNED,
  IN p_from_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_to_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A row for each client (NULL: all) and month: what was used, its limits and price, what was told, what came late'
BEGIN
  DECLARE v_now CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_to VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_to_month, v_now);
  DECLARE v_from VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_from_month, LEAST(v_to, v_now));
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  SET v_why = CASE
    WHEN v_now IS NULL THEN 'purser.usage_months is empty: CALL purser.usage_calendar()'
    WHEN v_from NOT REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN CONCAT('p_from_month must be a month, as 2025-07, or NULL, not ''', v_from, '''')
    WHEN v_to NOT REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN CONCAT('p_to_month must be a month, as 2025-07, or NULL, not ''', v_to, '''')
    WHEN v_from > v_to THEN CONCAT('p_from_month: ', v_from, ' is after p_to_month, ', v_to) END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- Prepared anew for each call: see docs/internals/style.md, "A call that is interrupted".
  EXECUTE IMMEDIATE '
  SELECT r.client_id, c.name, r.month, r.package, r.volume, r.volume_limit, r.transactions, r.transaction_limit,
         r.other_currency, purser.client_percent(r.volume, r.volume_limit, r.transactions, r.transaction_limit) AS usage_percent,
         r.price, r.currency, r.override_id,
         (SELECT COUNT(*) FROM purser.usage_alerts AS a WHERE a.client_id = r.client_id AND a.alert_month = r.month) AS alerts,
         (SELECT MAX(a.threshold) FROM purser.usage_alerts AS a WHERE a.client_id = r.client_id AND a.alert_month = r.month) AS highest_threshold,
         r.late_volume, r.late_transactions, r.closed_at
    FROM (
      SELECT h.client_id, h.month, h.package, h.volume, h.volume_limit, h.transactions, h.transaction_limit, h.other_currency,
             h.price, h.currency, h.override_id, h.closed_at,
             COALESCE((SELECT SUM(u.volume) FROM purser.client_usage AS u WHERE u.client_id = h.client_id AND u.month = h.month), 0) - h.volume AS late_volume,
             COALESCE((SELECT SUM(u.transactions) FROM purser.client_usage AS u WHERE u.client_id = h.client_id AND u.month = h.month), 0) - h.transactions AS late_transactions
        FROM purser.usage_history AS h
       WHERE h.month BETWEEN ? AND ? AND (? IS NULL OR h.client_id = ?)
      UNION ALL
      SELECT u.client_id, u.month, l.package, IF(m.closed_at IS NULL, SUM(u.volume), 0), l.volume_limit,
             IF(m.closed_at IS NULL, SUM(u.transactions), 0), l.transaction_limit, IF(m.closed_at IS NULL, SUM(u.other_currency), 0),
             IF(m.closed_at IS NULL, l.price, NULL), l.currency, IF(m.closed_at IS NULL, l.override_id, NULL), m.closed_at,
             IF(m.closed_at IS NULL, NULL, SUM(u.volume)), IF(m.closed_at IS NULL, NULL, SUM(u.transactions))
        FROM purser.client_usage AS u
        JOIN purser.usage_months AS m ON m.month = u.month
        JOIN purser.client_limits AS l ON l.client_id = u.client_id
       WHERE u.month BETWEEN ? AND ? AND (? IS NULL OR u.client_id = ?)
         AND NOT EXISTS (SELECT 1 FROM purser.usage_history AS h WHERE h.client_id = u.client_id AND h.month = u.month)
       GROUP BY u.client_id, u.month
      UNION ALL
      SELECT l.client_id, m.month, l.package, 0, l.volume_limit, 0, l.transaction_limit, 0, l.price, l.currency, l.override_id, NULL, NULL, NULL
        FROM purser.usage_months AS m
        JOIN purser.client_limits AS l
        JOIN purser.clients AS k ON k.id = l.client_id
       WHERE m.month BETWEEN ? AND ? AND m.closed_at IS NULL AND m.starts_at <= UTC_TIMESTAMP(6)
         AND (? IS NULL OR l.client_id = ?) AND l.status <> ''closed''
         AND k.created_at < COALESCE((SELECT MIN(n.starts_at) FROM purser.usage_months AS n WHERE n.starts_at > m.starts_at), ''9999-12-31'')
         AND NOT EXISTS (SELECT 1 FROM purser.client_usage AS u WHERE u.client_id = l.client_id AND u.month = m.month)
         AND NOT EXISTS (SELECT 1 FROM purser.usage_history AS h WHERE h.client_id = l.client_id AND h.month = m.month)) AS r
    JOIN purser.clients AS c ON c.id = r.client_id
   ORDER BY r.client_id, r.month'
    USING v_from, v_to, p_client_id, p_client_id, v_from, v_to, p_client_id, p_client_id, v_from, v_to, p_client_id, p_client_id;
END//
DELIMITER ;
