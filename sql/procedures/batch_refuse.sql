DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_refuse(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_unknown INT UNSIGNED, IN p_below INT UNSIGNED, IN p_over INT UNSIGNED)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: raises an error that names the element, where one of the counts is not 0'
BEGIN
  DECLARE v_outcome VARCHAR(16) CHARACTER SET latin1;
  DECLARE v_gadget, v_user BIGINT UNSIGNED;
  DECLARE v_ids TEXT CHARACTER SET utf8mb4;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_results IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  ELSEIF p_unknown + p_below + p_over > 0 THEN
    SET v_outcome = IF(p_unknown > 0, 'unknown', IF(p_over > 0, 'overflow', 'clamped'));
    SET STATEMENT group_concat_max_len = 1048576 FOR
    SELECT MIN(j.g), MIN(j.u), GROUP_CONCAT(COALESCE(j.g, j.u) ORDER BY COALESCE(j.g, j.u) SEPARATOR ', ' LIMIT 10)
      INTO v_gadget, v_user, v_ids
      FROM JSON_TABLE(p_results, '$[*]' COLUMNS (
             g BIGINT UNSIGNED PATH '$.gadget_id', u BIGINT UNSIGNED PATH '$.user_id',
             outcome VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
     WHERE j.outcome = v_outcome;
    -- names that are written with escapes are not found: then without the number
    SET v_why = CONCAT(COALESCE(CONCAT('element ', purser.batch_element(p_json, COALESCE(v_gadget, v_user)), ': '), ''),
      CASE v_outcome WHEN 'unknown' THEN CONCAT('there is no ', IF(v_user IS NULL, 'gadget ', 'user '), COALESCE(v_gadget, v_user))
                     WHEN 'overflow' THEN CONCAT('gadget ', v_gadget, ' would have more than 2147483647 pieces')
                     ELSE CONCAT('gadget ', v_gadget, ' would go below 0, which the policy reject forbids') END,
      '; ', p_unknown + p_below + p_over, ' in all: ', v_ids, IF(p_unknown + p_below + p_over > 10, ', …', ''));
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
