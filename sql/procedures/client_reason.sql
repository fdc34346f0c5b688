DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.client_reason(
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where p_reason is empty, too long or more than one line. Used by the procedures that change clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF TRIM(COALESCE(p_reason, '')) = '' THEN
    SET v_why = 'p_reason must say why: it goes into purser.admin_log';
  ELSEIF CHAR_LENGTH(p_reason) > 500 THEN
    SET v_why = CONCAT('p_reason has ', CHAR_LENGTH(p_reason), ' characters; at most 500 are kept');
  ELSEIF p_reason REGEXP '[[:cntrl:]]' THEN
    SET v_why = 'p_reason must be one line, without control characters';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
