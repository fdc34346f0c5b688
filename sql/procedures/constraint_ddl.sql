-- The session's variables are set for one statement: the server takes that back on every path, also when
-- the session is killed, where no handler of a routine runs; and it stays out of the binary log.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_ddl(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_change LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_instant BOOLEAN,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: an ALTER TABLE in the most online way that the server takes'
BEGIN
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_tries INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_tries', 3, 100);
  DECLARE v_copy BOOLEAN DEFAULT COALESCE((SELECT value FROM purser.settings WHERE name = 'constraint_copy'), 'yes') = 'yes';
  -- Until MariaDB 11.4 this variable (old_alter_table is another name of it) goes before what the statement says.
  DECLARE v_copies BOOLEAN DEFAULT EXISTS (SELECT 1 FROM information_schema.SESSION_VARIABLES
                                            WHERE VARIABLE_NAME = 'ALTER_ALGORITHM' AND VARIABLE_VALUE <> 'DEFAULT');
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_errno, v_try, v_way INT UNSIGNED DEFAULT 0;
  DECLARE v_foreign BOOLEAN;
  DECLARE v_none INT;

  SET p_outcome = 'unsupported';
  -- An index is never instant. On Galera an attempt that fails is an error in the log of every other node.
  IF p_change RLIKE '^(ADD (UNIQUE )?|DROP )INDEX ' AND NOT p_instant THEN
    SET v_way = 1;
  END IF;
  WHILE p_outcome = 'unsupported' AND v_way < IF(p_instant, 1, IF(v_copy, 6, 4)) DO
    SET v_way = v_way + 1;
    SET p_algorithm = ELT(v_way, 'INSTANT', 'NOCOPY', 'INPLACE', 'INPLACE', 'COPY', 'COPY'),
        p_lock = ELT(v_way, 'NONE', 'NONE', 'NONE', 'SHARED', 'NONE', 'SHARED');
    SET v_sql = CONCAT(IF(v_copies, 'SET STATEMENT alter_algorithm = ''DEFAULT'' FOR ', ''), 'ALTER TABLE ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' ', p_change,
      ', ALGORITHM=', p_algorithm, ', LOCK=', p_lock);
    -- Foreign keys are added in place only without foreign_key_checks; a copy is to look at each row.
    SET v_foreign = p_algorithm = 'COPY';
    SET v_try = 0;
    REPEAT
      SET v_errno = 0, v_try = v_try + 1;
      BEGIN
        DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
        DECLARE EXIT HANDLER FOR SQLEXCEPTION
        BEGIN
          -- the last one: there may be warnings before the error
          SET v_errno = 1105;
          GET DIAGNOSTICS v_none = NUMBER;
          GET DIAGNOSTICS CONDITION v_none v_errno = MYSQL_ERRNO, p_message = MESSAGE_TEXT;
        END;
        SET STATEMENT lock_wait_timeout = v_seconds, foreign_key_checks = v_foreign, check_constraint_checks = 1, unique_checks = 1,
          max_error_count = 64
          FOR EXECUTE IMMEDIATE v_sql;
      END;
      IF v_errno IN (1205, 1213) AND v_try < v_tries THEN
        -- those who waited behind the ALTER come first
        SET v_none = SLEEP(0.5);
      END IF;
    UNTIL v_errno NOT IN (1205, 1213) OR v_try >= v_tries END REPEAT;
    SET p_outcome = CASE
      WHEN v_errno = 0 THEN 'applied'
      WHEN v_errno IN (1205, 1213) THEN 'busy'
      WHEN v_errno IN (1062, 1586, 1452, 4025, 1761, 1557, 1169) THEN 'refused'
      -- not in this way (1845, 1846); or more was written meanwhile than innodb_online_alter_log_max_size (1799)
      WHEN v_errno IN (1845, 1846, 1799) THEN 'unsupported'
      WHEN v_errno IN (1146, 1049) THEN 'no table'
      ELSE 'failed' END;
  END WHILE;
  IF p_outcome = 'applied' THEN
    SET p_message = NULL;
  ELSE
    SET p_algorithm = NULL, p_lock = NULL;
    IF p_outcome = 'unsupported' AND NOT p_instant AND NOT v_copy THEN
      SET p_message = CONCAT('only as a copy of the table, which the setting constraint_copy forbids: ', p_message);
    END IF;
  END IF;
END//
DELIMITER ;
