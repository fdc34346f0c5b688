DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_plugin(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: functions of purser.so, plugin, worker'
BEGIN
  DECLARE v_text TEXT CHARACTER SET utf8mb4;
  DECLARE v_present TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT @LIBRARY@;

  -- No table lists them that everybody may read: a call is prepared, never executed. 1305: no such function.
  FOR f IN (SELECT j.at, j.name
              FROM JSON_TABLE(@LIBRARY@, '$[*]' COLUMNS (
                at FOR ORDINALITY,
                name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
      DECLARE CONTINUE HANDLER FOR 1305 SET v_present = JSON_REPLACE(v_present, CONCAT('$[', f.at - 1, ']'), '');
      SET @purser_selftest = CONCAT('SELECT ', f.name, '(',
        CASE f.name WHEN 'purser_job' THEN 'NULL, NULL, NULL, NULL' WHEN 'purser_setting' THEN 'NULL' ELSE '' END, ')');
      PREPARE purser_selftest FROM @purser_selftest;
      DEALLOCATE PREPARE purser_selftest;
      SET @purser_selftest = NULL;
    END;
  END FOR;
  CALL purser.selftest_missing(p_rows, 'functions of purser.so', @LIBRARY@, v_present,
    'run install.sql again, on a replica or a further node of a cluster install/library.sql');

  SET v_text = (SELECT CONCAT(PLUGIN_STATUS, ' ', PLUGIN_VERSION) FROM information_schema.PLUGINS
                 WHERE PLUGIN_NAME = 'purser');
  IF v_text LIKE 'ACTIVE %' THEN
    CALL purser.selftest_add(p_rows, 'plugin', 'ok', v_text);
  ELSE
    CALL purser.selftest_add(p_rows, 'plugin', 'failed',
      CONCAT(COALESCE(v_text, 'not installed'), '; run INSTALL SONAME ''purser'''));
  END IF;

  SET v_text = (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
                 WHERE VARIABLE_NAME = 'PURSER_WORKER_STATE');
  IF v_text IN ('ready', 'working') THEN
    CALL purser.selftest_add(p_rows, 'worker', 'ok', v_text);
  ELSEIF v_text = 'replica' AND EXISTS (SELECT 1 FROM information_schema.GLOBAL_STATUS
                                         WHERE VARIABLE_NAME = 'SLAVES_RUNNING' AND VARIABLE_VALUE > 0) THEN
    CALL purser.selftest_add(p_rows, 'worker', 'ok', 'replica: it begins when this server is promoted (read_only = OFF)');
  ELSEIF v_text = 'replica' THEN
    CALL purser.selftest_add(p_rows, 'worker', 'warning',
      'replica: this server is read-only, and no replication runs here; the worker begins when read_only is OFF');
  ELSEIF v_text = 'disabled' THEN
    CALL purser.selftest_add(p_rows, 'worker', 'warning', 'disabled: purser_enabled is OFF');
  ELSE
    CALL purser.selftest_add(p_rows, 'worker', 'failed',
      CONCAT(COALESCE(v_text, 'there is none while the plugin is not active'), '; the error log of the server says more'));
  END IF;
  CALL purser.selftest_last_error(p_rows);
END//
DELIMITER ;
