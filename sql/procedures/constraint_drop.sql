-- Only what has a row in constraint_objects and a name of ours: whoever can write there but may not alter the
-- shop must not gain more. information_schema shows an account what it has rights to: before something is
-- forgotten as gone, the server must have let the account ALTER the table. Where the table is not there, it may
-- have another name now; but a copy of it has the same constraints, so that nothing is guessed. Where another
-- session is changing a definition, nothing is known (see constraint_part): busy, and the row stays.
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
  DECLARE v_schema, v_table, v_name, v_now VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count INT DEFAULT 0;
  DECLARE v_type, v_live VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '45001'
  BEGIN
    GET DIAGNOSTICS CONDITION 1 p_message = MESSAGE_TEXT;
    SET p_outcome = 'busy', p_algorithm = NULL, p_lock = NULL;
    COMMIT AND NO CHAIN NO RELEASE;
  END;

  SET p_outcome = 'gone', p_algorithm = NULL, p_lock = NULL, p_message = NULL;
  SELECT schema_name, table_name, object_type, object_name INTO v_schema, v_table, v_type, v_name
    FROM purser.constraint_objects WHERE id = p_id;
  IF LEFT(v_name, 7) <> 'purser_' OR LOWER(v_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET p_outcome = 'failed', p_message = 'purser.constraint_objects: this is not a constraint of Purser''s';
  ELSE
    SET v_live = purser.constraint_part(v_schema, v_table, v_type, v_name);
    IF v_live IS NULL THEN
      -- Changes nothing: no constraint has a name like this.
      CALL purser.constraint_ddl(v_schema, v_table, 'DROP FOREIGN KEY IF EXISTS `purser: none`', FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_algorithm = NULL, p_lock = NULL;
      IF p_outcome = 'no table' THEN
        SELECT COUNT(*), MIN(t.TABLE_NAME) INTO v_count, v_now FROM information_schema.TABLES AS t
         -- the names alone: of the type nothing is known while a definition is being changed
         WHERE t.TABLE_SCHEMA = v_schema
           AND purser.constraint_part(v_schema, t.TABLE_NAME, v_type, v_name) IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM purser.constraint_objects AS o
                            WHERE o.schema_name = v_schema AND o.table_name = t.TABLE_NAME AND o.object_type = v_type AND o.object_name = v_name);
        SET p_outcome = IF(v_count = 0, 'gone', 'failed'),
            p_message = IF(v_count = 0, NULL, CONCAT('there is no table ', v_table, ' any more, and ', v_now, ' has it',
              IF(v_count = 1, '', CONCAT(' (and ', v_count - 1, ' more)')),
              '. Has the table another name now? UPDATE purser.constraint_objects SET table_name = ', QUOTE(v_now), ' WHERE id = ', p_id,
              ' and call again; else DELETE that row'));
      ELSEIF p_outcome = 'applied' THEN
        -- once more, now that the account is known to have the right
        SET p_outcome = 'gone', v_live = purser.constraint_part(v_schema, v_table, v_type, v_name);
      END IF;
    END IF;
    IF v_live IS NOT NULL THEN
      CALL purser.constraint_ddl(v_schema, v_table, CONCAT('DROP ', ELT(FIELD(v_live, 'column', 'index', 'check', 'foreign_key'),
        'COLUMN', 'INDEX', 'CONSTRAINT', 'FOREIGN KEY'), ' ', purser.constraint_quoted(v_name)), FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_outcome = IF(p_outcome IN ('unsupported', 'no table'), 'failed', p_outcome);
    END IF;
  END IF;
  IF p_outcome IN ('applied', 'gone') THEN
    SET p_outcome = IF(p_outcome = 'applied', 'reverted', p_outcome);
    DELETE FROM purser.constraint_objects WHERE id = p_id;
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
