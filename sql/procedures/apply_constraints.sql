-- INVOKER: with the caller's own rights on the shop. DDL commits, so a transaction is refused.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.apply_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Brings the rules of constraint_rules into force in a shop, online where the server can; refuses what rows break'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_in_transaction BOOLEAN DEFAULT @@in_transaction;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.constraint_end(COALESCE(v_schema, ''));
    RESIGNAL;
  END;

  IF v_in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'apply_constraints commits, and this session is in a transaction: COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  CALL purser.constraint_schema(p_schema, FALSE, v_schema);
  CALL purser.constraint_begin(v_schema);
  FOR r IN (SELECT name FROM purser.constraint_rules WHERE enabled ORDER BY name)
  DO
    SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_apply_rule(v_schema, r.name, v_rows);
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.constraint_end(v_schema);
  SELECT j.rule_name, j.table_name, j.outcome, j.algorithm, j.lock_type, j.violations, j.first_keys, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outcome',
           algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.algorithm',
           lock_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.lock',
           violations BIGINT UNSIGNED PATH '$.violations',
           first_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.keys',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
