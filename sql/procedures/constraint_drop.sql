-- Only what has a row in constraint_objects and a name of ours: whoever can write there but may not alter the
-- shop must not gain more.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_drop(
  IN p_id BIGINT UNSIGNED,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: takes away one thing that was added, and forgets it'
BEGIN
  DECLARE v_schema, v_table, v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_type, v_live VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET p_outcome = 'gone', p_algorithm = NULL, p_lock = NULL, p_message = NULL;
  SELECT schema_name, table_name, object_type, object_name INTO v_schema, v_table, v_type, v_name
    FROM purser.constraint_objects WHERE id = p_id;
  IF LEFT(v_name, 7) <> 'purser_' OR LOWER(v_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET p_outcome = 'failed', p_message = 'purser.constraint_objects: this is not a constraint of Purser''s';
  ELSE
    SET v_live = purser.constraint_part(v_schema, v_table, v_type, v_name);
    IF v_live IS NOT NULL THEN
      CALL purser.constraint_ddl(v_schema, v_table, CONCAT('DROP ', ELT(FIELD(v_live, 'column', 'index', 'check', 'foreign_key'),
        'COLUMN', 'INDEX', 'CONSTRAINT', 'FOREIGN KEY'), ' ', purser.constraint_quoted(v_name)), FALSE, p_outcome, p_algorithm, p_lock, p_message);
    END IF;
  END IF;
  IF p_outcome IN ('applied', 'gone') THEN
    SET p_outcome = IF(p_outcome = 'applied', 'reverted', p_outcome);
    DELETE FROM purser.constraint_objects WHERE id = p_id;
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
