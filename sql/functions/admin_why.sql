-- Bytes that are no UTF-8 do not keep anybody from a change.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.admin_why()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The session''s @purser_why as text. Used by what writes admin_log'
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN CONCAT('x', QUOTE(LEFT(HEX(@purser_why), 400)));
  RETURN CONVERT(@purser_why USING utf8mb4);
END//
DELIMITER ;
