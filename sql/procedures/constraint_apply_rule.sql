DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_apply_rule(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: brings one rule into force, or says why not'
main: BEGIN
  DECLARE v_want, v_keys, v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_outcome, v_in_force, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_name, v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_message, v_left TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_adding, v_busy BOOLEAN DEFAULT FALSE;
  -- A right that the caller lacks, a table that vanished: this rule failed, the others go on. What was begun has
  -- a row, and the next call finishes it or takes it back.
  -- A KILL or max_statement_time ends the call, not the rule alone.
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL;
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
    SET v_outcome = 'failed';
  END;

  work: BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
      SET v_outcome = 'failed';
    END;
    DECLARE EXIT HANDLER FOR SQLSTATE '45001'
    BEGIN
      -- after the DDL: the row says adding, and the next call verifies
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
      SET v_outcome = 'busy';
    END;
    CALL purser.constraint_find(p_schema, p_rule, purser.constraint_setting('constraint_lock_tries', 3, 100),
      v_want, v_in_force, v_name, v_adding, v_busy, v_message);
    IF v_busy THEN
      SET v_outcome = 'busy';
      LEAVE work;
    ELSEIF v_message IS NOT NULL THEN
      SET v_outcome = IF(JSON_VALUE(v_want, '$.missing') IS NOT NULL, 'missing table', 'failed');
      LEAVE work;
    END IF;
    SET v_base = JSON_VALUE(v_want, '$.base');
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_in_force = 'yes' THEN
      SET v_outcome = 'in force', v_message = CONCAT('by ', v_name);
      IF JSON_VALUE(v_want, '$.kind') <> 'unique' THEN
        CALL purser.constraint_count(v_want, v_count, v_keys);
        COMMIT AND NO CHAIN NO RELEASE;
        IF v_count > 0 THEN
          SET v_message = CONCAT(v_message, '; new rows are checked, but these were written while checks were off');
        END IF;
      ELSE
        SET v_count = 0;
      END IF;
      CALL purser.constraint_undo(p_schema, p_rule, v_base, TRUE, v_left);
      IF v_name <> v_base THEN
        -- somebody has made it meanwhile; what was begun for it goes
        CALL purser.constraint_undo(p_schema, p_rule, v_base, FALSE, v_left);
      END IF;
      LEAVE work;
    END IF;

    CALL purser.constraint_count(v_want, v_count, v_keys);
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_count = 0 AND v_in_force = 'partly' AND v_name = v_base AND NOT v_adding THEN
      -- Of ours, and changed by somebody since. Not before the count: it also says whether the rule can be in
      -- force (a column may have another name now), and what is left protects the shop until it can.
      CALL purser.constraint_undo(p_schema, p_rule, v_base, NULL, v_left);
      IF v_left IS NOT NULL THEN
        SET v_outcome = 'failed', v_message = 'somebody has changed the constraint, and it must go first';
        LEAVE work;
      END IF;
    END IF;
    IF v_count = 0 THEN
      CALL purser.constraint_add(p_schema, v_want, v_outcome, v_algorithm, v_lock, v_message);
      IF v_outcome = 'applied' OR v_outcome = 'refused' THEN
        -- What came between the count and the DDL. Here new ones cannot come any more.
        COMMIT AND NO CHAIN NO RELEASE;
        CALL purser.constraint_count(v_want, v_count, v_keys);
        COMMIT AND NO CHAIN NO RELEASE;
        IF v_count > 0 THEN
          SET v_outcome = 'refused';
        END IF;
      END IF;
    ELSE
      SET v_outcome = 'refused';
    END IF;
    IF v_outcome = 'applied' THEN
      CALL purser.constraint_table(p_schema, JSON_VALUE(v_want, '$.table'), v_live);
      FOR o IN (SELECT i.id, c.clause
                  FROM purser.constraint_objects AS i
                  LEFT JOIN JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
                         name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
                    ON c.name = i.object_name
                 WHERE i.rule_name = p_rule AND i.schema_name = p_schema AND LEFT(i.object_name, CHAR_LENGTH(v_base)) = v_base)
      DO
        UPDATE purser.constraint_objects SET phase = 'applied', clause = o.clause WHERE id = o.id;
      END FOR;
      COMMIT AND NO CHAIN NO RELEASE;
      CALL purser.constraint_undo(p_schema, p_rule, v_base, TRUE, v_left);
      SET v_message = CONCAT('as ', v_base);
    ELSE
      CALL purser.constraint_undo(p_schema, p_rule, v_base, FALSE, v_left);
      SET v_algorithm = NULL, v_lock = NULL;
      IF v_outcome = 'refused' THEN
        SET v_message = COALESCE(v_message, IF(v_count = 1, 'a row breaks the rule', CONCAT(v_count, ' rows break the rule')));
      ELSEIF v_outcome = 'busy' THEN
        SET v_message = CONCAT('others hold the table; nothing was changed: ', v_message);
      END IF;
    END IF;
  END work;
  SET v_message = CONCAT_WS('; ', v_message, v_left);
  SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_OBJECT('rule', p_rule, 'table', JSON_VALUE(v_want, '$.table'), 'outcome', v_outcome,
    'algorithm', v_algorithm, 'lock', v_lock, 'violations', v_count, 'keys', v_keys, 'message', v_message));
END//
DELIMITER ;
