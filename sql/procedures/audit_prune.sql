DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_prune(
  IN p_before DATETIME(6),
  IN p_reason VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Deletes the rows of the audit log from before a moment (UTC); a seal says so for ever, and all proofs stay valid'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_before IS NULL OR TO_DAYS(p_before) IS NULL THEN
    SET v_why = 'p_before is not a moment: give a DATETIME in UTC; older rows go';
  ELSEIF p_before > UTC_TIMESTAMP(6) THEN
    SET v_why = CONCAT('p_before lies in the future: ', p_before, ' (it is in UTC)');
  ELSEIF REGEXP_REPLACE(COALESCE(p_reason, ''), '[[:space:]]', '') = '' THEN
    SET v_why = 'p_reason must say why the rows go; the seal keeps it';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'prune', 'before', CAST(p_before AS CHAR), 'reason', p_reason), v_answer);
  SELECT a.rows_deleted, a.pruned_to, a.seal
    FROM JSON_TABLE(v_answer, '$' COLUMNS (
           rows_deleted BIGINT UNSIGNED PATH '$.rows',
           pruned_to    BIGINT UNSIGNED PATH '$.pruned_to',
           seal         BIGINT UNSIGNED PATH '$.seal')) AS a;
END//
DELIMITER ;
