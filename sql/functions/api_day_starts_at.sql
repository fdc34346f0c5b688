-- The calendar of months knows the zone as the library does. In a month without a change of the clocks its days follow from its
-- beginning; else the server's own tables of time zones are asked, which may be empty.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_day_starts_at(p_date DATE)
  RETURNS DATETIME(6)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The moment (UTC) at which a day begins in the time zone of the business; NULL: it cannot be said'
BEGIN
  DECLARE v_starts, v_ends DATETIME(6) DEFAULT NULL;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT MAX(starts_at), MAX(zone) INTO v_starts, v_zone FROM purser.usage_months WHERE month = LEFT(p_date, 7);
  SELECT MAX(starts_at) INTO v_ends FROM purser.usage_months WHERE month = LEFT(LAST_DAY(p_date) + INTERVAL 1 DAY, 7);
  RETURN IF(DAY(p_date) = 1 OR TIMESTAMPDIFF(SECOND, v_starts, v_ends) = DAY(LAST_DAY(p_date)) * 86400,
            v_starts + INTERVAL DAY(p_date) - 1 DAY,
            CONVERT_TZ(TIMESTAMP(p_date), v_zone, '+00:00'));
END//
DELIMITER ;
