-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_moment_json(p_moment DATETIME(6))
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A moment (UTC) as a JSON string, or null'
RETURN COALESCE(CONCAT('"', DATE_FORMAT(p_moment, '%Y-%m-%dT%H:%i:%s.%fZ'), '"'), 'null')//
DELIMITER ;
