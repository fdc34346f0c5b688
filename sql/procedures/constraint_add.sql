-- Part by part; each is noted and committed before its DDL. What fails takes back the parts before it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_add(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: adds the parts of a rule that are not there'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.rule');
  DECLARE v_user VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_id BIGINT UNSIGNED;

  SET p_outcome = 'applied', p_algorithm = NULL, p_lock = NULL, p_message = NULL;
  CALL purser.constraint_table(p_schema, v_table, v_live); -- something of it may have been taken away since it was read
  FOR part IN (SELECT j.type, j.name, j.change_, j.otherwise FROM JSON_TABLE(p_want, '$.parts[*]' COLUMNS (
                 n FOR ORDINALITY,
                 type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
                 name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                 change_ LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.add',
                 otherwise LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.otherwise')) AS j ORDER BY j.n)
  DO
    IF p_outcome = 'applied' AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
      -- Values come from variables, so that the statements mean the same on a replica.
      SET v_id = (SELECT id FROM purser.constraint_objects
                   WHERE schema_name = p_schema AND table_name = v_table AND object_type = part.type AND object_name = part.name);
      IF v_id IS NULL THEN
        INSERT INTO purser.constraint_objects (schema_name, table_name, object_type, object_name, rule_name, phase, added_by, added_at)
        VALUES (p_schema, v_table, part.type, part.name, v_rule, 'adding', v_user, UTC_TIMESTAMP(6));
      ELSE
        UPDATE purser.constraint_objects SET phase = 'adding', clause = NULL, added_by = v_user, added_at = UTC_TIMESTAMP(6) WHERE id = v_id;
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      CALL purser.constraint_ddl(p_schema, v_table, part.change_, part.otherwise IS NOT NULL, p_outcome, p_algorithm, p_lock, p_message);
      IF p_outcome = 'unsupported' AND part.otherwise IS NOT NULL THEN
        CALL purser.constraint_ddl(p_schema, v_table, part.otherwise, FALSE, p_outcome, p_algorithm, p_lock, p_message);
      END IF;
      CALL purser.constraint_table(p_schema, v_table, v_live);
      IF v_live IS NULL THEN
        -- has another name now: the row stays, and the next call looks
        SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session has renamed the table: call again when it has done';
      END IF;
      -- Some engines take a foreign key and forget it.
      IF p_outcome = 'applied' AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
        SET p_outcome = 'failed', p_message = CONCAT('the server took the statement and added nothing: the engine of the table ',
          v_table, ' knows no such constraint');
      END IF;
      -- Noted just now, and the server has refused it: there is nothing to look for, whatever this account sees.
      IF p_outcome <> 'applied' AND v_id IS NULL AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
        DELETE FROM purser.constraint_objects
         WHERE schema_name = p_schema AND table_name = v_table AND object_type = part.type AND object_name = part.name;
        COMMIT AND NO CHAIN NO RELEASE;
      END IF;
    END IF;
  END FOR;
  IF p_outcome IN ('unsupported', 'no table') THEN
    -- it was there a moment ago
    SET p_outcome = IF(p_outcome = 'no table', 'busy', 'failed');
  END IF;
END//
DELIMITER ;
