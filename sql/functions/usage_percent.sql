DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_percent(
  p_used DECIMAL(25,4), p_limit DECIMAL(25,4))
  RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Percent of a limit that is used, rounded down, and never below 0; NULL without a limit; 999 where a limit of 0 is used at all'
RETURN CASE
  WHEN p_limit = 0 THEN IF(p_used > 0, 999, 0)
  WHEN p_used > p_limit * 10000000 THEN 999999999.99
  WHEN p_used < 0 THEN 0
  -- by DIV, since a quotient has the decimals that div_precision_increment says
  ELSE ((p_used * 10000) DIV p_limit) * 0.01 END//
DELIMITER ;
