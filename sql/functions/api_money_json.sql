-- utf8mb4_bin, as that of JSON_QUOTE, which they are joined with.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_money_json(p_amount DECIMAL(25,4))
  RETURNS VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An amount as a JSON string with four decimals, or null'
RETURN COALESCE(CONCAT('"', p_amount, '"'), 'null')//
DELIMITER ;
