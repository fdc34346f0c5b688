DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_key_done(
  IN p_routine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: keeps what was answered for calls with the same key'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
    DEFAULT CONCAT(LEFT(p_summary, CHAR_LENGTH(p_summary) - 1), ',"results":', p_results, '}');
  UPDATE purser.batch_keys SET answer = v_answer WHERE routine = p_routine AND idempotency_key = p_key;
END//
DELIMITER ;
