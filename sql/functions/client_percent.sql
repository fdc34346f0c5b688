DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.client_percent(
  p_volume DECIMAL(25,4), p_volume_limit DECIMAL(19,4), p_transactions BIGINT, p_transaction_limit BIGINT UNSIGNED)
  RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Percent of the limit that is used up most, as usage_percent has it; NULL without a limit'
RETURN NULLIF(GREATEST(COALESCE(purser.usage_percent(p_volume, p_volume_limit), -1),
                       COALESCE(purser.usage_percent(p_transactions, p_transaction_limit), -1)), -1)//
DELIMITER ;
