DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_unknown(
  p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: JSON array of the ids that are not there, at most 10,000'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;

  SET SESSION group_concat_max_len = 1073741824;
  SET v_ids = (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(COALESCE(j.g, j.u) ORDER BY j.n LIMIT 10000), ''), ']')
            FROM JSON_TABLE(p_results, '$[*]' COLUMNS (
                   n FOR ORDINALITY, g BIGINT UNSIGNED PATH '$.gadget_id', u BIGINT UNSIGNED PATH '$.user_id',
                   outcome VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
           WHERE j.outcome = 'unknown');
  SET SESSION group_concat_max_len = v_old;
  RETURN v_ids;
END//
DELIMITER ;
