-- A moment before the calendar belongs to its first month: a payment is never stopped for the calendar.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_month(p_moment DATETIME(6))
  RETURNS CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The month (YYYY-MM) in which a moment (UTC) falls in the time zone of the business'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  -- SELECT … INTO, which locks nothing; RETURN (SELECT …) would.
  SELECT COALESCE(
    (SELECT month FROM purser.usage_months WHERE starts_at <= p_moment ORDER BY starts_at DESC LIMIT 1),
    (SELECT month FROM purser.usage_months ORDER BY starts_at LIMIT 1)) INTO v_month;
  RETURN v_month;
END//
DELIMITER ;
