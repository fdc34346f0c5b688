-- The seal says first what will be gone; purser.audit_prune makes it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_log_delete
  BEFORE DELETE ON purser.audit_log FOR EACH ROW
IF OLD.id > COALESCE((SELECT MAX(pruned_to) FROM purser.audit_seals), 0) THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'purser.audit_log is append-only: old rows go by CALL purser.audit_prune(before, reason), which keeps the proofs valid';
END IF//
DELIMITER ;
