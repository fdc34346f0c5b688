DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_check_rule(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of check_constraints: one rule'
BEGIN
  DECLARE v_want, v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_adding, v_busy BOOLEAN DEFAULT FALSE;

  work: BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
    END;
    CALL purser.constraint_find(p_schema, p_rule, 3, v_want, v_in_force, v_name, v_adding, v_busy, v_message);
    IF v_message IS NOT NULL THEN
      SET v_in_force = IF(v_busy, NULL, 'no');
      LEAVE work;
    END IF;
    IF v_in_force = 'yes' AND JSON_VALUE(v_want, '$.kind') = 'unique' THEN
      SET v_count = 0;
    ELSE
      CALL purser.constraint_count(v_want, v_count, v_keys);
    END IF;
    IF v_in_force = 'yes' AND v_count > 0 THEN
      SET v_in_force = 'partly', v_message = 'new rows are checked, but these were written while checks were off';
    ELSEIF v_in_force = 'partly' THEN
      SET v_message = IF(v_adding, 'apply_constraints was not finished: call it again',
        'in another form than the rule has now: apply_constraints replaces it');
    END IF;
    IF v_count > 0 AND v_keys IS NULL THEN
      SET v_message = CONCAT_WS('; ', v_message, 'the table has no primary key');
    END IF;
  END work;
  IF (SELECT NOT enabled FROM purser.constraint_rules WHERE name = p_rule) THEN
    SET v_message = CONCAT_WS('; ', 'disabled', v_message);
  END IF;
  SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_OBJECT('rule', p_rule, 'table', JSON_VALUE(v_want, '$.table'),
    'kind', JSON_VALUE(v_want, '$.kind'), 'in_force', v_in_force, 'name', v_name,
    'violations', v_count, 'keys', v_keys, 'message', v_message));
END//
DELIMITER ;
