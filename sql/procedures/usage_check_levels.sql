-- The levels are those of purser.usage_level, written out: a call for each threshold of each client would take longer than
-- all else. What has to be said of a client is [client, month, volume, its limit, transactions, their limit, currency, package,
-- highest threshold that is reached, [[threshold, type, alert, reached], …]], with null for clients and thresholds of which
-- there is nothing. (GROUP_CONCAT would leave these out, but CONCAT beside it gives NULL beyond max_allowed_packet.)
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_levels(
  IN p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_levels LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next levels of clients whose rows are locked, and the alerts that have to be written or changed. Used by usage_check'
SELECT JSON_ARRAYAGG(JSON_ARRAY(k.client_id, k.month, k.slot,
         COALESCE(k.volume + IF(x.slots = 1, x.next_volume - x.volume, TRUNCATE((x.next_volume - x.volume) / x.slots, 4) - 0.0001),
                  999999999999999999999),
         COALESCE(k.transactions + (x.next_transactions - x.transactions) DIV x.slots, 9223372036854775807))),
       IF(COUNT(x.changes) = 0, NULL, JSON_ARRAYAGG(JSON_COMPACT(IF(k.slot = x.first_slot, x.changes, NULL))))
  INTO p_levels, p_changes
  FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
         slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS k
  JOIN (
    SELECT r.client_id, r.month, r.first_slot, r.slots, r.volume, r.transactions,
           MIN(IF(r.reached, NULL, r.level_volume)) AS next_volume,
           MIN(IF(r.reached OR r.level_transactions > 9000000000000000000, NULL, r.level_transactions)) AS next_transactions,
           IF(SUM(r.reached AND a.id IS NULL OR a.id IS NOT NULL AND (a.cleared_at IS NULL) <> r.reached) = 0, NULL,
             JSON_ARRAY(r.client_id, r.month, r.volume, r.volume_limit, r.transactions, r.transaction_limit, r.currency, r.package,
               MAX(IF(r.reached, r.threshold, NULL)),
               JSON_COMPACT(JSON_ARRAYAGG(IF(r.reached AND a.id IS NULL OR a.id IS NOT NULL AND (a.cleared_at IS NULL) <> r.reached,
                 JSON_ARRAY(r.threshold, r.alert_type, a.id, r.reached), NULL))))) AS changes
      FROM (
        SELECT STRAIGHT_JOIN s.client_id, s.month, s.first_slot, s.slots, s.volume, s.transactions, t.threshold, t.alert_type,
               l.volume_limit, l.transaction_limit, l.currency, l.package,
               IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
               IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions,
               COALESCE(s.volume >= IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001), FALSE)
                 OR COALESCE(s.transactions >= IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)), FALSE) AS reached
          FROM (SELECT client_id, month, MIN(slot) AS first_slot, COUNT(*) AS slots, SUM(volume) AS volume, SUM(transactions) AS transactions
                  FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                         slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS locked
                 GROUP BY client_id, month) AS s
          LEFT JOIN (purser.client_limits AS l JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds)
            ON l.client_id = s.client_id AND l.status = 'active'
           AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = s.month AND m.closed_at IS NOT NULL) = 0
         LIMIT 100000000) AS r -- a temporary table: else each use of reached would find it out anew
      LEFT JOIN purser.usage_alerts AS a ON a.client_id = r.client_id AND a.alert_month = r.month AND a.threshold = r.threshold
     GROUP BY r.client_id, r.month) AS x
    ON x.client_id = k.client_id AND x.month = k.month//
DELIMITER ;
