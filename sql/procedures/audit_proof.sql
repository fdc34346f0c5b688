DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_proof(IN p_id BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Answers with a proof, one JSON text, that a row of the audit log is in the tree that the last seal signed'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF p_id IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_id is NULL: give the id of a row of purser.audit_log';
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'proof', 'id', CAST(p_id AS CHAR)), v_answer);
  SELECT v_answer AS proof;
END//
DELIMITER ;
