-- DIV cuts off exactly, whatever the caller's div_precision_increment. What is past all measure is 999999900.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.client_percent(
  p_volume DECIMAL(25,4), p_volume_limit DECIMAL(19,4), p_transactions BIGINT, p_transaction_limit BIGINT UNSIGNED)
  RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Percent of the limit that is used up most, rounded down; NULL without a limit; 999 where the limit is 0 and something is used'
RETURN NULLIF(GREATEST(
  CASE WHEN p_volume_limit IS NULL THEN -1 WHEN p_volume <= 0 THEN 0 WHEN p_volume_limit = 0 THEN 999
       WHEN p_volume >= p_volume_limit * 9999999 THEN 999999900 ELSE ((p_volume * 10000) DIV p_volume_limit) * 0.01 END,
  CASE WHEN p_transaction_limit IS NULL THEN -1 WHEN p_transactions <= 0 THEN 0 WHEN p_transaction_limit = 0 THEN 999
       WHEN p_transactions * 1.0 >= p_transaction_limit * 9999999.0 THEN 999999900
       ELSE ((p_transactions * 10000.0) DIV p_transaction_limit) * 0.01 END), -1)//
DELIMITER ;
