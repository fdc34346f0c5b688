-- What is no base64 of UTF-8 is a warning or an error to the server, and no cursor to the client.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_cursor_text(
  p_kind CHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What api_cursor made a cursor of, without its kind: for h1 a month, for t1 moment, count and reference; NULL: it is no such cursor'
BEGIN
  DECLARE v_bytes LONGBLOB;
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET v_text = NULL;

  IF NOT COALESCE(p_cursor REGEXP '^[A-Za-z0-9_-]{4,8192}\\z', FALSE) OR CHAR_LENGTH(p_cursor) MOD 4 = 1 THEN
    RETURN NULL;
  END IF;
  SET v_bytes = FROM_BASE64(RPAD(REPLACE(REPLACE(p_cursor, '-', '+'), '_', '/'), (CHAR_LENGTH(p_cursor) + 3) DIV 4 * 4, '='));
  SET v_text = CONVERT(v_bytes USING utf8mb4);
  IF v_text IS NULL OR HEX(v_text) <> HEX(v_bytes) OR LEFT(v_text, 3) <> CONCAT(p_kind, ' ') THEN
    RETURN NULL;
  END IF;
  SET v_text = SUBSTR(v_text, 4);
  RETURN CASE p_kind
    WHEN 'h1' THEN IF(v_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])\\z', v_text, NULL)
    WHEN 't1' THEN IF(v_text REGEXP '^[^ ]{27} [1-9][0-9]{0,8} ' AND purser.api_moment(LEFT(v_text, 27)) IS NOT NULL, v_text, NULL) END;
END//
DELIMITER ;
