-- The locks come first, so that all that is read after them is what was committed before. Rows are named by their whole
-- key: no gap is locked, in which a payment would wait. What the statements write comes in JSON from variables: it is the
-- same on a replica, and no row of clients or packages is locked by reading it. The levels are those of
-- purser.usage_level and the percentages those of purser.usage_percent, written out: a call for each threshold of each client would take longer than all else.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_batch(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks clients, given by their rows of client_usage, in a transaction of its own; p_missed: those whose rows are locked. Used by usage_check'
BEGIN
  DECLARE v_locked, v_quiet, v_levels, v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_changes BIGINT DEFAULT 0;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  SET p_missed = NULL, p_mails = 0;
  CALL purser.usage_begin();
  IF p_wait THEN
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO v_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE;
  ELSE
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO v_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE SKIP LOCKED;
    IF JSON_LENGTH(p_slots) > COALESCE(JSON_LENGTH(v_locked), 0) THEN
      CALL purser.usage_check_whole(p_slots, v_locked, p_missed);
    END IF;
  END IF;

  CALL purser.usage_check_quiet(v_locked, v_quiet);

  -- Of the others: the next levels, and how many alerts have to be written or changed.
  IF v_locked IS NOT NULL THEN
    SELECT JSON_ARRAYAGG(JSON_ARRAY(k.client_id, k.month, k.slot,
             COALESCE(k.volume + IF(x.slots = 1, x.next_volume - x.volume, TRUNCATE((x.next_volume - x.volume) / x.slots, 4) - 0.0001),
                      999999999999999999999),
             COALESCE(k.transactions + (x.next_transactions - x.transactions) DIV x.slots, 9223372036854775807))),
           COALESCE(SUM(x.changes), 0)
      INTO v_levels, v_changes
      FROM JSON_TABLE(v_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
             slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS k
      JOIN (SELECT r.client_id, r.month, r.slots, r.volume, r.transactions,
                   MIN(IF(r.reached, NULL, r.level_volume)) AS next_volume,
                   MIN(IF(r.reached OR r.level_transactions > 9000000000000000000, NULL, r.level_transactions)) AS next_transactions,
                   SUM(r.reached AND a.id IS NULL OR a.id IS NOT NULL AND (a.cleared_at IS NULL) <> r.reached) AS changes
              FROM (
        SELECT STRAIGHT_JOIN s.client_id, s.month, s.slots, s.volume, s.transactions, t.threshold,
               IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
               IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions,
               COALESCE(s.volume >= IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001), FALSE)
                 OR COALESCE(s.transactions >= IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)), FALSE) AS reached
          FROM (SELECT client_id, month, COUNT(*) AS slots, SUM(volume) AS volume, SUM(transactions) AS transactions
                  FROM JSON_TABLE(v_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                         volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS locked
                 GROUP BY client_id, month) AS s
          LEFT JOIN (purser.client_limits AS l JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds)
            ON l.client_id = s.client_id AND l.status = 'active'
           AND NOT EXISTS (SELECT 1 FROM purser.usage_months AS m WHERE m.month = s.month AND m.closed_at IS NOT NULL)
           LIMIT 100000000) AS r -- a temporary table: else each use of reached would find it out anew
              LEFT JOIN purser.usage_alerts AS a ON a.client_id = r.client_id AND a.alert_month = r.month AND a.threshold = r.threshold
             GROUP BY r.client_id, r.month) AS x
        ON x.client_id = k.client_id AND x.month = k.month;
  END IF;
  IF v_changes > 0 THEN
    SELECT JSON_ARRAYAGG(JSON_ARRAY(n.client_id, n.month, n.threshold, n.alert_type,
             COALESCE(GREATEST(n.percent_volume, n.percent_transactions), n.percent_volume, n.percent_transactions),
             IF(COALESCE(n.percent_volume, -1) >= COALESCE(n.percent_transactions, -1), 'volume', 'transactions'),
             n.volume, n.volume_limit, n.transactions, n.transaction_limit, n.currency, n.package,
             NULLIF(GREATEST(n.top, COALESCE((SELECT MAX(b.threshold) FROM purser.usage_alerts AS b -- told by another set
                WHERE b.client_id = n.client_id AND b.alert_month = n.month
                  AND b.threshold <= GREATEST(COALESCE(n.percent_volume, 0), COALESCE(n.percent_transactions, 0))), 0)), n.threshold),
             n.id, n.reached) ORDER BY n.client_id, n.month, n.threshold)
      INTO v_alerts
      FROM (SELECT w.*,
                   CASE WHEN w.volume_limit = 0 THEN IF(w.volume > 0, 999, 0) WHEN w.volume > w.volume_limit * 10000000 THEN 999999999.99 WHEN w.volume < 0 THEN 0
                        ELSE ((w.volume * 10000) DIV w.volume_limit) * 0.01 END AS percent_volume,
                   CASE WHEN w.transaction_limit = 0 THEN IF(w.transactions > 0, 999, 0) WHEN w.transactions > w.transaction_limit * 10000000.0 THEN 999999999.99 WHEN w.transactions < 0 THEN 0
                        ELSE ((w.transactions * 10000) DIV w.transaction_limit) * 0.01 END AS percent_transactions
              FROM (SELECT r.*, a.id, a.cleared_at,
                   MAX(IF(r.reached, r.threshold, NULL)) OVER (PARTITION BY r.client_id, r.month) AS top
              FROM (
      SELECT STRAIGHT_JOIN s.client_id, s.month, s.slots, s.volume, s.transactions, t.threshold, t.alert_type, l.volume_limit, l.transaction_limit, l.currency, l.package,
             IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
             IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions,
             COALESCE(s.volume >= IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001), FALSE)
               OR COALESCE(s.transactions >= IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)), FALSE) AS reached
        FROM (SELECT client_id, month, COUNT(*) AS slots, SUM(volume) AS volume, SUM(transactions) AS transactions
                FROM JSON_TABLE(v_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                       volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS locked
               GROUP BY client_id, month) AS s
        LEFT JOIN (purser.client_limits AS l JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds)
          ON l.client_id = s.client_id AND l.status = 'active'
         AND NOT EXISTS (SELECT 1 FROM purser.usage_months AS m WHERE m.month = s.month AND m.closed_at IS NOT NULL)) AS r
              LEFT JOIN purser.usage_alerts AS a ON a.client_id = r.client_id AND a.alert_month = r.month AND a.threshold = r.threshold) AS w
             WHERE w.reached AND w.id IS NULL OR w.id IS NOT NULL AND (w.cleared_at IS NULL) <> w.reached) AS n;
    CALL purser.usage_alert(v_alerts, p_channel, v_now, p_mails);
  END IF;
  SET v_levels = IF(v_levels IS NULL, v_quiet, IF(v_quiet IS NULL, v_levels, JSON_MERGE_PRESERVE(v_quiet, v_levels)));
  UPDATE JSON_TABLE(v_levels, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS j
    STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
     SET u.quiet_volume = j.volume, u.quiet_transactions = j.transactions, u.due = FALSE;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
