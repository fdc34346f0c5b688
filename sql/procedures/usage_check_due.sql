-- Finds clients without a lock, which usage_check_batch then takes. An error is kept to the end: one client that cannot
-- be checked keeps no other from it, and is tried alone with those whose rows were locked.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_due(
  IN p_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_clients BIGINT,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks what is due; p_late: the clients whose rows others had locked. Used by usage_check'
BEGIN
  DECLARE v_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_client BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_last VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_found BIGINT;

  this_loop: LOOP
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)), MAX(CONCAT(d.month, LPAD(d.client_id, 20, '0'))), COUNT(DISTINCT d.month, d.client_id)
      INTO v_slots, v_last, v_found
      FROM (SELECT DISTINCT f.client_id, f.month
              FROM (SELECT client_id, month FROM purser.client_usage FORCE INDEX (by_due)
                     WHERE due = TRUE AND (month > v_month OR month = v_month AND client_id > v_client)
                       AND (p_before IS NULL OR month < p_before)
                     ORDER BY month, client_id LIMIT 1000) AS f) AS d
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = d.client_id AND u.month = d.month;
    IF v_slots IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_month = LEFT(v_last, 7), v_client = SUBSTRING(v_last, 8), p_clients = p_clients + v_found;
    CALL purser.usage_check_some(v_slots, p_channel, p_late, p_mails);
  END LOOP;
  -- Whose rows another check had locked, that one has done.
  SELECT COALESCE(JSON_ARRAYAGG(JSON_ARRAY(j.client_id, j.month)), '[]') INTO p_late
    FROM JSON_TABLE(p_late, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j
   WHERE EXISTS (SELECT 1 FROM purser.client_usage AS u WHERE u.client_id = j.client_id AND u.month = j.month AND u.due);
END//
DELIMITER ;
