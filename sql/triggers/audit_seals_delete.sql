-- The seals stay when rows of the log are pruned: old proofs need them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_seals_delete
  BEFORE DELETE ON purser.audit_seals FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_seals is append-only: seals are kept for ever, the proofs need them. Old rows of the log go by CALL purser.audit_prune(before, reason)'//
DELIMITER ;
