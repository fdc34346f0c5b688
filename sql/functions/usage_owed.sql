DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_owed()
  RETURNS BIGINT
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Alerts of this month that have no mail because no channel is set'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_owed BIGINT DEFAULT 0;
  IF purser.usage_channel() IS NULL THEN
    SELECT COUNT(*) INTO v_owed FROM purser.usage_alerts WHERE outbox_id IS NULL AND covered_by IS NULL AND alert_month = v_month;
  END IF;
  RETURN v_owed;
END//
DELIMITER ;
