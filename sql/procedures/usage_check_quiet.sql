-- Most clients of a large check are below their lowest threshold and were told nothing: their levels are those of that
-- threshold, whatever else there is. One row a client is read for them, instead of one for each threshold. What is said here is
-- what usage_check_levels would say; whoever is in doubt is left to it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_quiet(
  INOUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_levels LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Takes out of p_locked the clients of one slot of whom there is nothing to say: their next levels in p_levels. Used by usage_check'
BEGIN
  DECLARE v_shared, v_levels, v_others LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_quiet, v_left BIGINT DEFAULT 0;

  SELECT GROUP_CONCAT(DISTINCT j.client_id) INTO v_shared
    FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
   WHERE j.slot <> 0;
  -- split: see docs/internals/style.md, "A call that is interrupted"
  SET STATEMENT optimizer_switch = 'split_materialized=off' FOR
  SELECT CONCAT('[', GROUP_CONCAT(IF(q.quiet, JSON_ARRAY(q.client_id, q.month, 0,
                     COALESCE(q.level_volume, 999999999999999999999), COALESCE(q.level_transactions, 9223372036854775807)), NULL)), ']'),
         CONCAT('[', GROUP_CONCAT(IF(q.quiet, NULL, JSON_ARRAY(q.client_id, q.month, q.slot, q.volume, q.transactions))), ']'),
         COALESCE(SUM(q.quiet), 0), COALESCE(SUM(NOT q.quiet), 0)
    INTO v_levels, v_others, v_quiet, v_left
    FROM (
      SELECT x.client_id, x.month, x.slot, x.volume, x.transactions, x.level_volume,
             IF(x.level_transactions > 9000000000000000000, NULL, x.level_transactions) AS level_transactions,
             x.alone AND (x.threshold IS NULL -- inactive, closed, or no threshold
               OR COALESCE(x.volume < x.level_volume, TRUE) AND COALESCE(x.transactions < x.level_transactions, TRUE)
                  AND (SELECT COUNT(*) FROM purser.usage_alerts AS a WHERE a.client_id = x.client_id AND a.alert_month = x.month) = 0) AS quiet
        FROM (
          SELECT STRAIGHT_JOIN k.client_id, k.month, k.slot, k.volume, k.transactions, t.threshold,
                 k.slot = 0 AND (v_shared IS NULL OR NOT FIND_IN_SET(k.client_id, v_shared)) AS alone,
                 IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
                 IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions
            FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                   slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS k
            LEFT JOIN purser.usage_months AS m ON m.month = k.month
            LEFT JOIN (purser.client_limits AS l
                       JOIN (SELECT name_of_set, MIN(threshold) AS threshold FROM purser.usage_thresholds GROUP BY name_of_set) AS t
                         ON t.name_of_set = l.thresholds)
              ON l.client_id = k.client_id AND l.status = 'active' AND m.closed_at IS NULL) AS x
       LIMIT 1000000) AS q; -- a temporary table: else each use of quiet would find it out anew
  -- CONCAT gives NULL beyond max_allowed_packet: then all go the long way.
  SET p_levels = NULL;
  IF (v_levels IS NULL) = (v_quiet = 0) AND (v_others IS NULL) = (v_left = 0) THEN
    SET p_levels = v_levels, p_locked = v_others;
  END IF;
END//
DELIMITER ;
