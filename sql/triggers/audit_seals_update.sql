-- Each seal is signed and holds the hash of the one before it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_seals_update
  BEFORE UPDATE ON purser.audit_seals FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_seals is append-only: a seal cannot be changed, by nobody. CALL purser.audit_verify() says whether all are as they were made'//
DELIMITER ;
