-- A message of SIGNAL has to be a variable, and 512 characters at most.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_refuse(
  IN p_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Raises an error. Used by audit_enable'
BEGIN
  SET p_why = LEFT(p_why, 512);
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = p_why;
END//
DELIMITER ;
