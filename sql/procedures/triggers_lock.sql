-- Of two sessions that make and drop triggers of one table, each would take back half of the other's: the definer's rights
-- above all, without which every write to the table fails. A session that still has the lock (it was killed) takes it again;
-- it is given back as often as this session has it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.triggers_lock(
  IN p_take BOOLEAN)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Who enables or ends auditing, or maps a table, does so alone. Used by audit_enable, audit_disable, map_usage and unmap_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF p_take THEN
    IF NOT COALESCE(GET_LOCK('purser.triggers', 10), FALSE) THEN
      SET v_why = CONCAT('Another session enables or ends the auditing of a table just now, or maps one: connection ',
        COALESCE(IS_USED_LOCK('purser.triggers'), '(gone)'), '. Wait for it, or end it');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  ELSE
    WHILE COALESCE(RELEASE_LOCK('purser.triggers'), 0) = 1 DO
      BEGIN END;
    END WHILE;
  END IF;
END//
DELIMITER ;
