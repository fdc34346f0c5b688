-- Answered by the daemon's memory: no table of the caller's, locked or not, has a part in it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_health()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Looks at everything anew (but CHECK TABLE), waits, and answers with a row for each check'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SELECT CONVERT(purser_job('health', JSON_OBJECT('wait', JSON_EXTRACT('true', '$')), USER(), NULL) USING utf8mb4)
    INTO v_answer;
  SELECT j.name, j.service, j.level, j.raw, j.value, j.unit, j.message, CAST(j.duration_us * 0.001 AS DECIMAL(12,3)) AS duration_ms, j.checked_at
    FROM JSON_TABLE(v_answer, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           name        VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           service     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.service',
           level       VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.level',
           raw         VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.raw',
           value       DOUBLE PATH '$.value',
           unit        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.unit',
           message     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message',
           duration_us BIGINT PATH '$.duration_us',
           checked_at  DATETIME(6) PATH '$.checked_at')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
