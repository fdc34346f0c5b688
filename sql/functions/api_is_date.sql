DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_is_date(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS BOOLEAN
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Is it a day of the calendar, as 2026-07-31?'
RETURN IF(COALESCE(p_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\\z', FALSE),
          RIGHT(p_text, 2) <= COALESCE(DAY(LAST_DAY(CONCAT(LEFT(p_text, 7), '-01'))), 0), FALSE)//
DELIMITER ;
