DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_element(
  p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin, p_id BIGINT UNSIGNED)
  RETURNS INT UNSIGNED
  DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: which element of a batch, from 1, has this gadget_id or user_id'
BEGIN
  IF JSON_TYPE(p_json) = 'OBJECT' THEN
    RETURN (SELECT MIN(j.n) FROM JSON_TABLE(p_json, '$.items[*]' COLUMNS (
              n FOR ORDINALITY,
              gadget_id BIGINT UNSIGNED PATH '$.gadget_id',
              user_id BIGINT UNSIGNED PATH '$.user_id')) AS j
             WHERE COALESCE(j.gadget_id, j.user_id) = p_id);
  END IF;
  RETURN (SELECT MIN(j.n) FROM JSON_TABLE(p_json, '$[*]' COLUMNS (
            n FOR ORDINALITY,
            gadget_id BIGINT UNSIGNED PATH '$.gadget_id',
            user_id BIGINT UNSIGNED PATH '$.user_id')) AS j
           WHERE COALESCE(j.gadget_id, j.user_id) = p_id);
END//
DELIMITER ;
