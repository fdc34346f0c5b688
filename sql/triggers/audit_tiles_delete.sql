-- All proofs need them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_tiles_delete
  BEFORE DELETE ON purser.audit_tiles FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_tiles only grows: tiles are kept for ever, the proofs need them. Old rows of the log go by CALL purser.audit_prune(before, reason)'//
DELIMITER ;
