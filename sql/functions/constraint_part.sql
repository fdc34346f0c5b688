-- While another session changes the definition of a table, information_schema skips it with a warning (1684), and
-- what the table has looks as if it were not there. So the look is repeated, and after some time it is an error
-- (45001), but never NULL. A handler gets the warning of SELECT … INTO, not of SET = (SELECT …). Where the warnings of a session are turned off nothing would show it: the callers run
-- with a max_error_count of their own.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_part(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Whether a part of a constraint is in the table: as what it is there (a check may hang on a column), or NULL'
BEGIN
  DECLARE v_live VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_skipped BOOLEAN;
  DECLARE v_tries INT UNSIGNED DEFAULT 0;
  DECLARE CONTINUE HANDLER FOR 1684 SET v_skipped = TRUE;

  REPEAT
    IF v_skipped THEN
      DO SLEEP(0.1);
    END IF;
    SET v_skipped = FALSE, v_live = NULL, v_tries = v_tries + 1;
    IF p_type IN ('column', 'check') THEN
      SELECT MAX('column') INTO v_live FROM information_schema.COLUMNS
       WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND COLUMN_NAME = p_name AND EXTRA LIKE 'VIRTUAL GENERATED%';
    END IF;
    IF p_type = 'check' AND v_live IS NULL AND NOT v_skipped THEN
      SELECT MAX('check') INTO v_live FROM information_schema.CHECK_CONSTRAINTS
       WHERE CONSTRAINT_SCHEMA = p_schema AND TABLE_NAME = p_table AND CONSTRAINT_NAME = p_name AND LEVEL = 'Table';
    ELSEIF p_type = 'index' THEN
      SELECT MAX('index') INTO v_live FROM information_schema.STATISTICS
       WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND INDEX_NAME = p_name;
    ELSEIF p_type = 'foreign_key' THEN
      SELECT MAX('foreign_key') INTO v_live FROM information_schema.REFERENTIAL_CONSTRAINTS
       WHERE CONSTRAINT_SCHEMA = p_schema AND TABLE_NAME = p_table AND CONSTRAINT_NAME = p_name;
    END IF;
  UNTIL NOT v_skipped OR v_tries > 10 * purser.constraint_setting('constraint_lock_seconds', 2, 60) END REPEAT;
  IF v_skipped THEN
    SET v_why = CONCAT('another session is changing the definition of the table ', p_table, ': call again when it has done');
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_live;
END//
DELIMITER ;
