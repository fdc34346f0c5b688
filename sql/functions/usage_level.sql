-- A limit of 0 is reached by whatever is used at all. Amounts have four decimals, transactions none (p_unit).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_level(
  p_limit DECIMAL(25,4), p_threshold DECIMAL(5,2), p_unit DECIMAL(5,4))
  RETURNS DECIMAL(25,4)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The smallest usage, in steps of p_unit (0.0001 or 1), that is p_threshold percent of p_limit; NULL without a limit'
RETURN IF(p_limit = 0, p_unit,
          IF(p_unit = 1, CEILING(p_limit * p_threshold * 0.01), CEILING(p_limit * p_threshold * 100) * 0.0001))//
DELIMITER ;
