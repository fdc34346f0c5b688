DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_quoted(
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(130) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A name in back quotes'
RETURN CONCAT('`', REPLACE(p_name, '`', '``'), '`')//
DELIMITER ;
