-- What was used in a month that has not begun is told when it begins, not before. Where limits change, its rows are only
-- marked, so that the first check of that month looks at them. A row that somebody holds is left for the next check.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_ahead(
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_left BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Marks as due what the clients of a package have used in months from p_from on; p_left: rows that are locked. Used by usage_check_packages'
BEGIN
  DECLARE v_slots, v_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT p_from;
  DECLARE v_client BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_last VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  SET p_left = 0;
  this_loop: LOOP
    SELECT JSON_ARRAYAGG(IF(c.package = p_package AND NOT u.due, JSON_ARRAY(u.client_id, u.month, u.slot), NULL)),
           MAX(CONCAT(u.month, LPAD(u.client_id, 20, '0')))
      INTO v_slots, v_last
      FROM (SELECT DISTINCT f.client_id, f.month
              FROM (SELECT client_id, month FROM purser.client_usage FORCE INDEX (by_month)
                     WHERE month > v_month OR month = v_month AND client_id > v_client
                     ORDER BY month, client_id LIMIT 1000) AS f) AS d
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = d.client_id AND u.month = d.month
      STRAIGHT_JOIN purser.clients AS c ON c.id = u.client_id;
    IF v_last IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_month = LEFT(v_last, 7), v_client = SUBSTRING(v_last, 8);
    CALL purser.usage_begin();
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)) INTO v_locked
      FROM JSON_TABLE(v_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE SKIP LOCKED;
    UPDATE JSON_TABLE(v_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       SET u.due = TRUE;
    COMMIT AND NO CHAIN NO RELEASE;
    SET p_left = p_left + (SELECT COUNT(*) FROM JSON_TABLE(v_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]')) AS j WHERE j.client_id IS NOT NULL)
                        - COALESCE(JSON_LENGTH(v_locked), 0);
  END LOOP;
END//
DELIMITER ;
