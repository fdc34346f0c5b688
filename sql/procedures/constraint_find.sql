-- Where others have the table for themselves (see constraint_table) the look is repeated, and after that many tries
-- p_busy says so and p_message what it was. Where there is none, too: a new table may take its place in a moment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_find(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_tries INT UNSIGNED,
  OUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_adding BOOLEAN,
  OUT p_busy BOOLEAN,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: what a rule means in a schema, and whether it is in force there; patiently'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_try INT UNSIGNED DEFAULT 0;
  DECLARE v_missing BOOLEAN;
  -- an error of the setting is not one of the rule
  DECLARE v_none INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);

  REPEAT
    SET p_busy = FALSE, v_missing = FALSE, v_try = v_try + 1;
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '45001'
      BEGIN
        GET DIAGNOSTICS CONDITION 1 p_message = MESSAGE_TEXT;
        SET p_busy = TRUE;
      END;
      CALL purser.constraint_want(p_schema, p_rule, p_want);
      SET p_message = COALESCE(JSON_VALUE(p_want, '$.missing'), JSON_VALUE(p_want, '$.problem'));
      SET v_missing = JSON_VALUE(p_want, '$.missing') IS NOT NULL;
      IF p_message IS NULL THEN
        CALL purser.constraint_look(p_schema, p_want, p_in_force, p_name, p_adding);
      END IF;
    END;
    IF (p_busy OR v_missing) AND v_try < p_tries THEN
      DO SLEEP(IF(p_busy, 0.5, 0.1));
    END IF;
  UNTIL NOT (p_busy OR v_missing) OR v_try >= p_tries END REPEAT;
  IF p_want IS NULL THEN
    SELECT table_name, kind INTO v_table, v_kind FROM purser.constraint_rules WHERE name = p_rule;
    SET p_want = JSON_OBJECT('table', v_table, 'kind', v_kind);
  END IF;
END//
DELIMITER ;
