DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reconcile_async(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Begins to reconcile a day (NULL: yesterday) with a gateway (NULL: all enabled) and returns at once with the runs'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  CALL purser.request_reconcile(p_date, p_gateway, FALSE, v_answer);
  SELECT a.run_id, a.gateway, a.state
    FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (
           run_id BIGINT UNSIGNED PATH '$.id',
           gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.gateway',
           state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.state')) AS a
   ORDER BY a.gateway;
END//
DELIMITER ;
