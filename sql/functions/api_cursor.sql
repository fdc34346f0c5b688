-- base64url without padding; TO_BASE64 breaks its lines.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_cursor(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A cursor of the client API: where the next page begins'
RETURN TRIM(TRAILING '=' FROM REPLACE(REPLACE(REPLACE(TO_BASE64(p_text), '\n', ''), '+', '-'), '/', '_'))//
DELIMITER ;
