-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_number_json(p_number DECIMAL(12,2))
  RETURNS VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A percentage as a JSON number without idle zeros, or null'
RETURN COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM p_number)), 'null')//
DELIMITER ;
