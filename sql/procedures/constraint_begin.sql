-- The user lock is taken here and given back by constraint_end. A session that already has it (its call was
-- killed) takes it again.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_begin(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: refuses a transaction and locks, and a second session'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_lock VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT('purser.constraints.', SHA1(p_schema));
  DECLARE v_none INT;

  SET v_why = purser.ddl_why('go past the constraints');
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF NOT COALESCE(GET_LOCK(v_lock, 0), FALSE) THEN
    SET v_why = CONCAT('Another session works on the constraints of ''', p_schema, ''' or was killed while it did: connection ',
      COALESCE(IS_USED_LOCK(v_lock), '(gone)'), '. Wait for it, or end it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- The settings are looked at now, so that an error comes before anything is done.
  SET v_none = purser.constraint_setting('constraint_lock_seconds', 2, 60);
  SET v_none = purser.constraint_setting('constraint_lock_tries', 3, 100);
  SET v_why = (SELECT MIN(name) FROM purser.settings WHERE name IN ('constraint_copy', 'constraint_hidden') AND value NOT IN ('yes', 'no'));
  IF v_why IS NOT NULL THEN
    SET v_why = CONCAT('the setting ', v_why, ' must be yes or no');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
