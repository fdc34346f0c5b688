-- LONGBLOB: the key is the bytes as they came, as in purser_rate_limit().
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_headers(
  p_identifier LONGBLOB,
  p_endpoint LONGBLOB,
  p_max_requests BIGINT,
  p_window_seconds BIGINT)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What a response says about a limit: a JSON object of HTTP headers, as text; counts nothing'
BEGIN
  RETURN CONVERT(purser_rate_limit_headers(p_identifier, p_endpoint, p_max_requests, p_window_seconds) USING utf8mb4);
END//
DELIMITER ;
