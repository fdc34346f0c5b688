DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reload_rate_limits()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts rate_limit_policies and rate_limit_lists in force on this server at once (the worker does so every few seconds)'
BEGIN
  DECLARE v_done INT;

  SELECT purser_rate_limit_load(purser.rate_limits_json()) INTO v_done;
END//
DELIMITER ;
