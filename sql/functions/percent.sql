-- Rounds half up in integers: a division of decimals depends on the caller's div_precision_increment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.percent(
  p_part BIGINT UNSIGNED, p_whole BIGINT UNSIGNED)
  RETURNS DECIMAL(20,2)
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Part of the whole in percent with two decimals; 0 where there is no whole'
RETURN IF(COALESCE(p_whole, 0) = 0, 0,
          ((20000 * COALESCE(p_part, 0) + p_whole) DIV (2 * p_whole)) * 0.01)//
DELIMITER ;
