-- INVOKER, as health_view_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_keys_view_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NO SQL SQL SECURITY INVOKER
  COMMENT 'rate_limit_keys_json for the view rate_limits, so that the view can be restored from a dump'
RETURN purser.rate_limit_keys_json()//
DELIMITER ;
