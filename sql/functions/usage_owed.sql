DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_owed()
  RETURNS BIGINT
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Alerts of this month that have no mail because no channel is set'
RETURN IF(purser.usage_channel() IS NOT NULL, 0,
  (SELECT COUNT(*) FROM purser.usage_alerts
    WHERE outbox_id IS NULL AND covered_by IS NULL AND alert_month = purser.usage_month(UTC_TIMESTAMP(6))))//
DELIMITER ;
