DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_whole(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'Takes out of p_locked the clients of which not all rows of p_slots are in it: [client, month] of these in p_missed. Used by usage_check'
BEGIN
  SELECT JSON_ARRAYAGG(JSON_ARRAY(w.client_id, w.month)) INTO p_missed
    FROM (SELECT client_id, month, COUNT(*) AS slots FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
            month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS w1 GROUP BY client_id, month) AS w
    LEFT JOIN (SELECT client_id, month, COUNT(*) AS slots FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
            month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS h1 GROUP BY client_id, month) AS h
      ON h.client_id = w.client_id AND h.month = w.month
   WHERE w.slots > COALESCE(h.slots, 0);
  SELECT JSON_ARRAYAGG(JSON_EXTRACT(k.piece, '$')) INTO p_locked
    FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           piece JSON PATH '$')) AS k
    LEFT JOIN JSON_TABLE(p_missed, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS m
      ON m.client_id = k.client_id AND m.month = k.month
   WHERE m.client_id IS NULL;
END//
DELIMITER ;
