DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verify()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Verifies the audit log, its seals and its tree, and the checkpoints in purser_audit_checkpoint_file; answers with a summary and the findings'
BEGIN
  CALL purser.audit_verified(NULL);
END//
DELIMITER ;
