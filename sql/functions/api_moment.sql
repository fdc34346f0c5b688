-- By hand, since a cast of what is no moment is a warning or an error, as sql_mode says.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_moment(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS DATETIME(6)
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A moment (UTC) as the client API writes it, as 2026-07-31T09:30:00Z with at most six decimals; NULL for anything else'
RETURN IF(COALESCE(p_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z\\z', FALSE)
          AND purser.api_is_date(LEFT(p_text, 10)),
          CAST(CONCAT(LEFT(p_text, 10), ' ', SUBSTR(p_text, 12, CHAR_LENGTH(p_text) - 12)) AS DATETIME(6)), NULL)//
DELIMITER ;
