-- The answer comes from the daemon, which reads on its own connection: nothing of the caller's
-- transaction is seen by it, and no snapshot of the caller's by which the answer could be old.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_job(
  IN p_what LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Has the daemon do something with the audit log; the answer is its JSON. Used by audit_verify, audit_proof and the like'
BEGIN
  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'This cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('audit', JSON_OBJECT('wait', JSON_EXTRACT('true', '$')), USER(), p_what) USING utf8mb4)
    INTO p_answer;
  IF p_answer IS NULL OR NOT JSON_VALID(p_answer) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;
END//
DELIMITER ;
