DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_round(
  OUT p_clients BIGINT,
  OUT p_alerts BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'What the worker does every usage_check_minutes: the calendar of months, and the check of the usage'
BEGIN
  CALL purser.usage_calendar();
  CALL purser.usage_check(NULL, p_clients, p_alerts);
END//
DELIMITER ;
