DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_channel()
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The channel of the usage alerts: the setting usage_channel, where alert_channels has it as one of mail; else NULL'
BEGIN
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SELECT MAX(c.name) INTO v_channel FROM purser.settings AS s JOIN purser.alert_channels AS c ON c.name = s.value
   WHERE s.name = 'usage_channel' AND c.kind = 'mail';
  RETURN v_channel;
END//
DELIMITER ;
