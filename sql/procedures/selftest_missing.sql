DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_missing(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_expected LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_present LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_cure VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Adds a line of selftest: whether all names of one JSON array are in another'
BEGIN
  DECLARE v_missing TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR e IN (SELECT j.name
              FROM JSON_TABLE(p_expected, '$[*]' COLUMNS (
                name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
             WHERE NOT JSON_CONTAINS(COALESCE(p_present, '[]'), JSON_QUOTE(j.name)))
  DO
    SET v_missing = CONCAT(v_missing, IF(v_missing = '', '', ', '), e.name);
  END FOR;
  IF v_missing = '' THEN
    CALL purser.selftest_add(p_rows, p_name, 'ok', CONCAT('all ', JSON_LENGTH(p_expected), ' are there'));
  ELSE
    CALL purser.selftest_add(p_rows, p_name, 'failed',
      CONCAT('missing, or hidden from this account: ', v_missing, '; ', p_cure));
  END IF;
END//
DELIMITER ;
