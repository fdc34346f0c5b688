DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_package(
  IN p_client_id BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_dry_run BOOLEAN)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts a client on another package, or says (p_dry_run) what would be another; the next check tells the client of its thresholds'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_dry BOOLEAN DEFAULT COALESCE(p_dry_run, FALSE);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  IF NOT v_dry OR p_reason IS NOT NULL THEN
    CALL purser.client_reason(p_reason);
  END IF;
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_switch_package;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_switch_package;
      END;
      RESIGNAL;
    END;
    CALL purser.switch_check(p_client_id, p_package, NOT v_dry);
    CALL purser.switch_compare(p_client_id, p_package, v_rows);
    IF NOT v_dry THEN
      SET @purser_why = p_reason;
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.clients SET package = p_package WHERE id = p_client_id;
      SET @purser_why = v_why_before;
    END IF;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_switch_package;
  END IF;
  SELECT j.what, j.before_it AS `from`, j.after_it AS `to`, j.difference
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           what       VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
           before_it  VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           after_it   VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[2]',
           difference VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[3]')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
