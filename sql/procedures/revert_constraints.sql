-- INVOKER: with the caller's own rights on the shop. Newest first: a key before the index that it needs.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revert_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes away just what apply_constraints has added to a shop'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_outcome, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_in_transaction BOOLEAN DEFAULT @@in_transaction;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.constraint_end(COALESCE(v_schema, ''));
    RESIGNAL;
  END;

  IF v_in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'revert_constraints commits, and this session is in a transaction: COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  CALL purser.constraint_schema(p_schema, TRUE, v_schema);
  CALL purser.constraint_begin(v_schema);
  FOR o IN (SELECT id, rule_name, table_name, object_type, object_name FROM purser.constraint_objects
             WHERE schema_name = v_schema ORDER BY id DESC)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
        SET v_outcome = 'failed', v_algorithm = NULL, v_lock = NULL;
      END;
      SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_drop(o.id, v_outcome, v_algorithm, v_lock, v_message);
    END;
    SET v_rows = JSON_ARRAY_APPEND(v_rows, '$', JSON_OBJECT('rule', o.rule_name, 'table', o.table_name, 'type', o.object_type,
      'name', o.object_name, 'outcome', v_outcome, 'algorithm', v_algorithm, 'lock', v_lock, 'message', v_message));
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.constraint_end(v_schema);
  SELECT j.rule_name, j.table_name, j.object_type, j.object_name, j.outcome, j.algorithm, j.lock_type, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           object_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
           object_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outcome',
           algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.algorithm',
           lock_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.lock',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
