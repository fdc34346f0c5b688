DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_end(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: gives back the lock, as often as this session has it'
BEGIN
  DECLARE v_lock VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT('purser.constraints.', SHA1(p_schema));
  WHILE COALESCE(RELEASE_LOCK(v_lock), 0) = 1 DO
    BEGIN END;
  END WHILE;
END//
DELIMITER ;
