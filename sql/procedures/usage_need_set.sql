DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_need_set(
  IN p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where there is no such set of thresholds. Used by triggers'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_there BIGINT DEFAULT 1;
  IF p_set <> 'default' THEN
    SELECT COUNT(*) INTO v_there FROM purser.usage_thresholds WHERE name_of_set = p_set;
  END IF;
  IF v_there = 0 THEN
    SET v_why = CONCAT('There is no set of thresholds ''', p_set, ''': INSERT it into purser.usage_thresholds first');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
