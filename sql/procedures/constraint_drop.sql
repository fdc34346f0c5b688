-- Only what has a row in constraint_objects and a name of ours: whoever can write there but may not alter the
-- shop must not gain more. information_schema shows an account what it has rights to: before something is
-- forgotten as gone, the server must have let the account ALTER the table. Where the table is not there, it may
-- have another name now; but a copy of it has the same constraints, so that nothing is guessed. Where another
-- session is changing a definition, nothing is known (see constraint_table): busy, and the row stays.
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
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count, v_tries INT DEFAULT 0;
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
    CALL purser.constraint_table(v_schema, v_table, v_json);
    SET v_live = purser.constraint_part(v_json, v_type, v_name);
    IF v_live IS NULL THEN
      -- Changes nothing: no constraint has a name like this.
      CALL purser.constraint_ddl(v_schema, v_table, 'DROP FOREIGN KEY IF EXISTS `purser: none`', FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_algorithm = NULL, p_lock = NULL;
      IF p_outcome = 'no table' THEN
        -- A table that is being renamed has no name for a moment: so the list is read again, and one that is in it
        -- and then not there any more, or is back, may be what is looked for.
        REPEAT
          DO SLEEP(IF(v_tries = 0, 0, 0.1));
          SET v_tries = v_tries + 1;
          FOR t IN (SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = v_schema ORDER BY TABLE_NAME)
          DO
            BEGIN
              -- a view that is broken; a table that this account may not read
              DECLARE EXIT HANDLER FOR 1142, 1143, 1356, 1449, 1932 BEGIN END;
              CALL purser.constraint_table(v_schema, t.name, v_json);
              IF v_json IS NULL OR t.name = v_table THEN
                SET p_message = CONCAT('another session renames the table ', t.name, ': call again when it has done');
                SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = p_message;
              ELSEIF purser.constraint_part(v_json, v_type, v_name) IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM purser.constraint_objects AS o
                                  WHERE o.schema_name = v_schema AND o.table_name = t.name AND o.object_type = v_type AND o.object_name = v_name) THEN
                SET v_count = v_count + 1, v_now = COALESCE(v_now, t.name);
              END IF;
            END;
          END FOR;
        UNTIL v_count > 0 OR v_tries >= purser.constraint_setting('constraint_lock_tries', 3, 100) END REPEAT;
        SET p_outcome = IF(v_count = 0, 'gone', 'failed'),
            p_message = IF(v_count = 0, NULL, CONCAT('there is no table ', v_table, ' any more, and ', v_now, ' has it',
              IF(v_count = 1, '', CONCAT(' (and ', v_count - 1, ' more)')),
              '. Has the table another name now? UPDATE purser.constraint_objects SET table_name = ', QUOTE(v_now), ' WHERE id = ', p_id,
              ' and call again; else DELETE that row'));
      ELSEIF p_outcome = 'applied' THEN
        -- once more, now that the account is known to have the right
        CALL purser.constraint_table(v_schema, v_table, v_json);
        IF v_json IS NULL THEN
          SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session has renamed the table: call again when it has done';
        END IF;
        SET p_outcome = 'gone', v_live = purser.constraint_part(v_json, v_type, v_name);
      END IF;
    END IF;
    IF v_live IS NOT NULL THEN
      CALL purser.constraint_ddl(v_schema, v_table, CONCAT('DROP ', ELT(FIELD(v_live, 'column', 'index', 'check', 'foreign_key'),
        'COLUMN', 'INDEX', 'CONSTRAINT', 'FOREIGN KEY'), ' ', purser.constraint_quoted(v_name)), FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_outcome = CASE p_outcome WHEN 'unsupported' THEN 'failed' WHEN 'no table' THEN 'busy' ELSE p_outcome END;
    END IF;
  END IF;
  IF p_outcome IN ('applied', 'gone') THEN
    SET p_outcome = IF(p_outcome = 'applied', 'reverted', p_outcome);
    DELETE FROM purser.constraint_objects WHERE id = p_id;
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
