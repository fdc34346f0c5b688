-- The start of a month is not moved any more once something was counted in it or after it: what was counted
-- would belong to another month than its correction. Where there are older counts, only months move that begin
-- after now by the old zone and by the new one, because the end of the last month may hold transactions.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_calendar()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes usage_months, 24 months back and ten years ahead, in purser_time_zone'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONVERT(purser_setting('time_zone') USING utf8mb4);
  DECLARE v_from, v_last, v_old_zone, v_moved VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_months LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_current CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_clients BIGINT DEFAULT 0;
  DECLARE v_movable DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_zone IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'purser_time_zone is not known while the plugin is not installed: INSTALL SONAME ''purser''. The months stay as they are';
  END IF;
  SET v_from = DATE_FORMAT(v_now - INTERVAL 24 MONTH, '%Y-%m');
  -- Into a variable: no statement of the binary log mentions a function of purser.so.
  SET v_months = CONVERT(purser_setting(CONCAT('months:', v_zone, ':', v_from, ':145')) USING utf8mb4);

  IF v_own THEN
    START TRANSACTION;
  END IF;
  -- One at a time: the first row is the lock.
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT MIN(zone) INTO v_old_zone FROM purser.usage_months WHERE month = (SELECT MIN(month) FROM purser.usage_months) FOR UPDATE;
  -- What was taken away again (a payment with a wrong date) holds no month where it is.
  SELECT GREATEST(COALESCE((SELECT month FROM purser.client_usage WHERE volume <> 0 OR transactions <> 0 OR other_currency <> 0 ORDER BY month DESC LIMIT 1), ''),
                  COALESCE((SELECT MAX(month) FROM purser.usage_history), '')) INTO v_last;
  IF v_last = '' THEN
    SET v_movable = '0001-01-01';
  END IF;

  SELECT MIN(m.month), MIN(m.zone) INTO v_moved, v_old_zone
    FROM purser.usage_months AS m JOIN JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j ON j.month = m.month
   WHERE m.month > v_last AND LEAST(m.starts_at, j.starts_at) > v_movable AND m.starts_at <> j.starts_at;
  SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
  UPDATE purser.usage_months AS m JOIN JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j ON j.month = m.month
     SET m.starts_at = j.starts_at, m.zone = v_zone
   WHERE m.month > v_last AND LEAST(m.starts_at, j.starts_at) > v_movable AND (m.starts_at <> j.starts_at OR m.zone <> v_zone);
  INSERT INTO purser.usage_months (month, starts_at, zone)
  SELECT j.month, j.starts_at, v_zone
    FROM JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j
   WHERE j.month > v_last AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = j.month) = 0;
  -- While there is no client nothing was used: a month that is over then is nothing to tell of, and nothing to invoice.
  SELECT COUNT(*) INTO v_clients FROM (SELECT id FROM purser.clients LIMIT 1) AS c;
  IF v_clients = 0 THEN
    SELECT MAX(month) INTO v_current FROM purser.usage_months WHERE starts_at <= v_now;
    SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
    UPDATE purser.usage_months SET closed_at = IF(month < v_current, v_now, NULL) WHERE (closed_at IS NULL) = (month < v_current);
  END IF;
  IF v_moved IS NOT NULL THEN
    CALL purser.admin_note('calendar', 'month', v_moved, NULL, JSON_OBJECT('zone', v_old_zone), JSON_OBJECT('zone', v_zone));
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
END//
DELIMITER ;
