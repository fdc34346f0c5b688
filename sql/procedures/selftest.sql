-- INVOKER: it shows what the caller may see; what is hidden from the caller becomes a warning. The
-- lines are gathered in a variable, so that it needs no right to create a temporary table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest()
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Checks the installation, item by item: ok, warning or failed, and what to do'
BEGIN
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  -- JSON_ARRAYAGG cuts its result there, silently.
  DECLARE v_length BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' -- killed
  BEGIN
    SET SESSION group_concat_max_len = v_length;
    RESIGNAL;
  END;
  -- What a part could not handle itself, as a procedure that is missing: the other parts go on.
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_rows = JSON_ARRAY_APPEND(COALESCE(v_rows, '[]'), '$',
      JSON_OBJECT('name', 'selftest', 'status', 'failed', 'detail', v_why));
  END;

  SET SESSION group_concat_max_len = GREATEST(v_length, 1048576);
  CALL purser.selftest_schema(v_rows);
  CALL purser.selftest_accounts(v_rows);
  CALL purser.selftest_plugin(v_rows);
  CALL purser.selftest_replication(v_rows);
  CALL purser.selftest_app(v_rows);
  CALL purser.selftest_gateways(v_rows);
  CALL purser.selftest_audit(v_rows);
  CALL purser.selftest_usage(v_rows);
  CALL purser.selftest_settings(v_rows);
  SET SESSION group_concat_max_len = v_length;
  SELECT j.check_name, j.status, j.detail
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           check_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           status VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.status',
           detail VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.detail')) AS j
   ORDER BY j.at;
END//
DELIMITER ;
