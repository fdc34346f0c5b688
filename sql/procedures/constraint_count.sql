-- In a transaction of its own, so that it sees what is there now. The variables are taken back by the server,
-- also when the session is killed: JSON_ARRAYAGG is cut at group_concat_max_len, a sort at max_sort_length.
-- A sort needs fifteen keys of that length in its buffer, or fails with 1038, which no handler catches: 16 columns
-- of TEXT fit. Of texts that are equal for so long doubles may be missed; the server finds them as it adds the index.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_count(
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_count BIGINT UNSIGNED,
  OUT p_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: how many rows break a rule, and the keys of the first ten'
BEGIN
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- The tables were there a moment ago: who renames or locks one has it for himself now.
  DECLARE EXIT HANDLER FOR 1205, 1213, 1146
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = CONCAT('another session has the table for itself, and its rows could not be counted: ', v_why);
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = v_why;
  END;

  SET p_keys = NULL, @purser_constraint = NULL;
  SET v_sql = JSON_VALUE(p_want, '$.count');
  SET STATEMENT lock_wait_timeout = v_seconds, max_sort_length = 65536, sort_buffer_size = 33554432, sql_big_selects = 1, max_error_count = 64 FOR EXECUTE IMMEDIATE v_sql;
  SET p_count = COALESCE(@purser_constraint, 0);
  IF p_count > 0 AND JSON_VALUE(p_want, '$.keys') IS NOT NULL THEN
    SET @purser_constraint = NULL;
    SET v_sql = JSON_VALUE(p_want, '$.keys');
    SET STATEMENT lock_wait_timeout = v_seconds, max_sort_length = 65536, sort_buffer_size = 33554432, sql_big_selects = 1, max_error_count = 64, group_concat_max_len = 1048576 FOR EXECUTE IMMEDIATE v_sql;
    SET p_keys = CONVERT(@purser_constraint USING utf8mb4);
  END IF;
  SET @purser_constraint = NULL;
END//
DELIMITER ;
