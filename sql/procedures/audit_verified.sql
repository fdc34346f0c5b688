DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verified(
  IN p_checkpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Has the log verified and shows what was found. Used by audit_verify and audit_verify_checkpoint'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  CALL purser.audit_job(JSON_OBJECT('do', 'verify', 'checkpoint', p_checkpoint), v_answer);
  SELECT s.verdict, s.findings, s.tree_size, s.root, s.seals, s.signed_by, s.unsigned_seals, s.rows_verified,
         s.rows_unsealed, s.rows_pruned, s.rows_late, s.outside
    FROM JSON_TABLE(v_answer, '$.summary' COLUMNS (
           verdict        VARCHAR(16)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.verdict',
           findings       BIGINT UNSIGNED PATH '$.findings',
           tree_size      BIGINT UNSIGNED PATH '$.tree_size',
           root           CHAR(64)     CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.root',
           seals          BIGINT UNSIGNED PATH '$.seals',
           signed_by      VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.signed_by',
           unsigned_seals BIGINT UNSIGNED PATH '$.unsigned_seals',
           rows_verified  BIGINT UNSIGNED PATH '$.rows_verified',
           rows_unsealed  BIGINT UNSIGNED PATH '$.rows_unsealed',
           rows_pruned    BIGINT UNSIGNED PATH '$.rows_pruned',
           rows_late      BIGINT UNSIGNED PATH '$.rows_late',
           outside        VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outside')) AS s;
  SELECT f.finding, f.first_id, f.last_id, f.seal, f.rows_concerned, f.detail
    FROM JSON_TABLE(v_answer, '$.findings[*]' COLUMNS (
           position       FOR ORDINALITY,
           finding        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.finding',
           first_id       BIGINT UNSIGNED PATH '$.first_id',
           last_id        BIGINT UNSIGNED PATH '$.last_id',
           seal           BIGINT UNSIGNED PATH '$.seal',
           rows_concerned BIGINT UNSIGNED PATH '$.rows',
           detail         VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.detail')) AS f
   ORDER BY f.position;
END//
DELIMITER ;
