DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verify_checkpoint(
  IN p_checkpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Verifies the audit log, and that it goes on from a checkpoint that was kept outside; answers with a summary and the findings'
BEGIN
  IF COALESCE(p_checkpoint, '') = '' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_checkpoint is missing: give the checkpoint of a seal that you kept; without one CALL purser.audit_verify()';
  END IF;
  -- As a mail program may have kept it.
  CALL purser.audit_verified(REPLACE(p_checkpoint, '\r\n', '\n'));
END//
DELIMITER ;
