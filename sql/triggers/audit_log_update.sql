-- Nobody is meant: not the worker, not an administrator.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_log_update
  BEFORE UPDATE ON purser.audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_log is append-only: its rows cannot be changed, by nobody. What has to be said of a row is said in a new one'//
DELIMITER ;
