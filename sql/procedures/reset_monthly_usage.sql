-- Each step is a transaction of its own. A kill leaves the month open with a part of its history: the next call goes on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reset_monthly_usage()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Closes the months that are over: alerts that are due, then usage_history. The new month begins by itself'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_end DATETIME(6) DEFAULT NULL;
  DECLARE v_clients, v_alerts BIGINT DEFAULT 0;
  DECLARE v_mine BOOLEAN DEFAULT FALSE;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_none BOOLEAN DEFAULT purser_setting('time_zone') IS NULL;

  IF @@in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'reset_monthly_usage works in transactions of its own: COMMIT or ROLLBACK first';
  END IF;
  -- Without the plugin the calendar is good as it is: it was written ten years ahead.
  IF NOT v_none THEN
    CALL purser.usage_calendar();
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
  REPEAT
    SET v_month = NULL;
    SELECT MIN(m.month), (SELECT MIN(n.starts_at) FROM purser.usage_months AS n WHERE n.month > MIN(m.month)) INTO v_month, v_end
      FROM purser.usage_months AS m
     WHERE m.closed_at IS NULL AND m.month < purser.usage_month(UTC_TIMESTAMP(6));
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_month IS NOT NULL THEN
      SET STATEMENT sql_safe_updates = 0 FOR
      CALL purser.usage_check(DATE_FORMAT(CONCAT(v_month, '-01') + INTERVAL 1 MONTH, '%Y-%m'), v_clients, v_alerts);
      CALL purser.usage_close_month(v_month, v_end, v_mine);
      IF v_mine THEN
        SET v_rows = JSON_ARRAY_APPEND(v_rows, '$', JSON_ARRAY(v_month, v_alerts));
      END IF;
    END IF;
  UNTIL v_month IS NULL END REPEAT;
  SELECT j.month, (SELECT COUNT(*) FROM purser.usage_history AS h WHERE h.month = j.month) AS clients,
         (SELECT COALESCE(SUM(h.transactions), 0) FROM purser.usage_history AS h WHERE h.month = j.month) AS transactions,
         j.alerts, (SELECT m.closed_at FROM purser.usage_months AS m WHERE m.month = j.month) AS closed_at
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY, month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', alerts BIGINT PATH '$[1]')) AS j
   ORDER BY j.at;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
