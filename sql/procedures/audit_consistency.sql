DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_consistency(
  IN p_first_size BIGINT UNSIGNED,
  IN p_second_size BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Answers with a proof, one JSON text, that the tree of one size goes on from that of a smaller one; both are tree_size of seals, NULL for the last'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF p_first_size IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_first_size is NULL: give the tree_size of a seal';
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'consistency', 'first', CAST(p_first_size AS CHAR),
                                    'second', CAST(p_second_size AS CHAR)), v_answer);
  SELECT v_answer AS proof;
END//
DELIMITER ;
