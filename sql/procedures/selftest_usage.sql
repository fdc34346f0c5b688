-- Nothing where there is no client and no mapped table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_usage(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the months, and the triggers of a mapped table'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_map LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_triggers INT DEFAULT 0;
  DECLARE v_clients, v_enough BOOLEAN DEFAULT FALSE;
  DECLARE v_last, v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'usage', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  -- SELECT … INTO waits for nobody who writes.
  SELECT EXISTS (SELECT 1 FROM purser.clients) INTO v_clients;
  IF v_clients THEN
    SELECT MAX(month), MAX(starts_at) > UTC_TIMESTAMP(6) + INTERVAL 2 MONTH INTO v_last, v_enough FROM purser.usage_months;
    SELECT (SELECT zone FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6) ORDER BY starts_at LIMIT 1) INTO v_zone;
    IF NOT COALESCE(v_enough, FALSE) THEN
      CALL purser.selftest_add(p_rows, 'months', 'failed', 'purser.usage_months ends: CALL purser.usage_calendar()');
    ELSEIF v_zone <> CONVERT(purser_setting('time_zone') USING utf8mb4) THEN
      CALL purser.selftest_add(p_rows, 'months', 'warning',
        'the next month does not begin by purser_time_zone yet: CALL purser.usage_calendar(); what has usage stays as it is');
    ELSE
      CALL purser.selftest_add(p_rows, 'months', 'ok', CONCAT('up to ', v_last));
    END IF;
  END IF;
  SELECT MAX(value) INTO v_map FROM purser.settings WHERE name = 'usage_table';
  IF v_map IS NOT NULL THEN
    SET v_triggers = (SELECT COUNT(*) FROM information_schema.TRIGGERS
      WHERE TRIGGER_SCHEMA = JSON_VALUE(v_map, '$[0]') AND EVENT_OBJECT_TABLE = JSON_VALUE(v_map, '$[1]')
        AND DEFINER = 'purser_definer@localhost' AND ACTION_TIMING = 'AFTER'
        AND CONCAT('purser_usage_', LOWER(EVENT_MANIPULATION)) = TRIGGER_NAME);
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('usage of ', JSON_VALUE(v_map, '$[0]'), '.', JSON_VALUE(v_map, '$[1]')), 64),
      IF(v_triggers = 3, 'ok', 'failed'), IF(v_triggers = 3, 'three triggers count',
        CONCAT(v_triggers, ' of three triggers are there, or the others are hidden from this account: what they do not see is not counted. ',
               'CALL purser.map_usage(…) again, then CALL purser.recount_usage(NULL, NULL)')));
    -- A column that was renamed or dropped makes the triggers fail, and each payment with them.
    BEGIN
      DECLARE v_code INT DEFAULT 0;
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT, v_code = MYSQL_ERRNO;
        IF v_code NOT IN (1142, 1143) THEN -- this account may not read the table
          CALL purser.selftest_add(p_rows, 'columns of the mapped table', 'failed', CONCAT(
            'what writes to the table may fail: CALL purser.map_usage(…) again, or purser.unmap_usage(). ', v_why));
        END IF;
      END;
      SELECT MAX(CONCAT_WS(',', client_id, reference, amount, currency, occurred_at)) INTO v_why
        FROM (SELECT * FROM purser.app_client_usage LIMIT 1) AS first_one;
    END;
  END IF;
END//
DELIMITER ;
