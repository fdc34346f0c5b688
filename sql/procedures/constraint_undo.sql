DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_undo(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_former BOOLEAN,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: takes away what was begun for a rule, or its former forms; p_former NULL: all of its form'
BEGIN
  DECLARE v_outcome, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET p_message = NULL;
  FOR o IN (SELECT id, object_name FROM purser.constraint_objects
             WHERE rule_name = p_rule AND schema_name = p_schema
               AND IF(p_former, LEFT(object_name, CHAR_LENGTH(p_base)) <> p_base,
                      (p_former IS NULL OR phase = 'adding') AND LEFT(object_name, CHAR_LENGTH(p_base)) = p_base)
             ORDER BY id DESC)
  DO
    CALL purser.constraint_drop(o.id, v_outcome, v_algorithm, v_lock, v_message);
    IF v_outcome NOT IN ('reverted', 'gone') THEN
      SET p_message = CONCAT(o.object_name, ' could not be taken away: ', COALESCE(v_message, v_outcome));
    END IF;
  END FOR;
END//
DELIMITER ;
