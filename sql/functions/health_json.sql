DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.health_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What is known of each check now, as a JSON array, from the daemon''s memory. Used by the view health'
RETURN CONVERT(purser_job('health', JSON_OBJECT('wait', JSON_EXTRACT('false', '$')), USER(), NULL) USING utf8mb4)//
DELIMITER ;
