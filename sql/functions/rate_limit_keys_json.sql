DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_keys_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NO SQL SQL SECURITY DEFINER
  COMMENT 'The keys of the rate limiter that are asked for most, as JSON; for the view rate_limits'
RETURN CONVERT(purser_rate_limit_keys() USING utf8mb4)//
DELIMITER ;
