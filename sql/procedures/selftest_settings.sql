-- Nothing where all are well. Whoever reads a number that makes no sense takes the default, without a word; so does whoever
-- finds none, where its name was misspelt. Zones, channels, words and hours are told where they are read.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_settings(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: settings that nothing reads or that make no sense, and alert rules and silences that concern nothing'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'settings', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  FOR s IN (SELECT s.name, LEFT(s.value, 64) AS value, k.name IS NULL AS is_unknown, k.least, k.most
              FROM purser.settings AS s
              LEFT JOIN JSON_TABLE('[
                     ["app_schema"], ["app_time_zone"], ["audit_origin"], ["constraint_copy"], ["constraint_hidden"],
                     ["constraint_lock_seconds", 1, 60], ["constraint_lock_tries", 1, 100], ["constraint_rules_shipped"], ["currencies"],
                     ["health_check_tables_hours"], ["health_keep_days", 1, 3660], ["health_record_minutes", 1, 1440],
                     ["outbox_give_up_days", 1, 3650], ["outbox_keep_days", 1, 3650], ["pending_age_minutes", 0, 10080],
                     ["usage_channel"], ["usage_check_minutes", 0, 1440], ["usage_table"]]', '$[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
                     least INT PATH '$[1]', most INT PATH '$[2]')) AS k ON k.name = s.name
             WHERE k.name IS NULL
                OR k.least IS NOT NULL AND NOT IF(s.value REGEXP '^[0-9]{1,9}$', s.value BETWEEN k.least AND k.most, FALSE)
             ORDER BY s.name LIMIT 32)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('setting ', s.name), 64), 'warning',
      IF(s.is_unknown, 'there is no setting of this name: nothing reads it',
        CONCAT('''', s.value, ''' is no whole number from ', s.least, ' to ', s.most, ': it is not in force')));
  END FOR;
  FOR r IN (SELECT a.kind, a.name, a.what
              FROM (SELECT 'alert rule' AS kind, name, what FROM purser.alert_rules WHERE enabled
                    UNION ALL
                    SELECT 'silence', what, what FROM purser.alert_silences WHERE until > UTC_TIMESTAMP(6)) AS a
             WHERE a.what <> '*'
               AND NOT EXISTS (SELECT 1 FROM purser.health_checks AS c WHERE a.what IN (c.name, CONCAT('service:', c.service)))
             ORDER BY a.kind, a.name LIMIT 32)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT(r.kind, ' ', r.name), 64), 'warning',
      CONCAT('purser.health_checks has no such ', IF(r.what LIKE 'service:%', 'service', 'check'), ': ', r.what));
  END FOR;
END//
DELIMITER ;
