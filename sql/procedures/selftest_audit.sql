-- Nothing where nothing is audited.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_audit(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: audited tables, and whether what is logged is sealed and signed'
BEGIN
  DECLARE v_why, v_error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows BOOLEAN DEFAULT FALSE;
  DECLARE v_waits DATETIME(6) DEFAULT NULL;
  DECLARE v_seal LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'audit log', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  FOR a IN (SELECT table_schema, table_name, purser.audit_state(table_schema, table_name) AS state
              FROM purser.audit_tables ORDER BY table_schema, table_name)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('audit of ', a.table_schema, '.', a.table_name), 64),
      IF(a.state = 'on', 'ok', 'failed'), a.state);
  END FOR;
  -- SELECT … INTO waits for nobody who writes.
  SELECT EXISTS (SELECT 1 FROM purser.audit_log) INTO v_rows;
  IF v_rows THEN
    SELECT (SELECT checkpoint FROM purser.audit_seals ORDER BY id DESC LIMIT 1) INTO v_seal;
    -- Rows that commit late are below others; what is above all that is sealed just waits.
    SELECT (SELECT timestamp FROM purser.audit_log
             WHERE id > COALESCE((SELECT MAX(last_id) FROM purser.audit_seals), 0) ORDER BY id LIMIT 1) INTO v_waits;
    SELECT MAX(last_error) INTO v_error FROM purser.jobs WHERE name = 'audit';
    IF COALESCE(CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4), '0') = '0' THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning',
        'rows are logged and not sealed: purser_audit_seal_seconds is 0, or the plugin is not installed');
    ELSEIF v_error IS NOT NULL THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'failed', v_error);
    ELSEIF v_waits < UTC_TIMESTAMP(6)
        - INTERVAL 60 + 10 * CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4) SECOND THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'failed',
        CONCAT('a row of ', v_waits, ' UTC still waits for its seal: the worker does not run, or another server has the lease',
               ' (purser.leases: audit), or it was committed just now'));
    ELSEIF v_seal IS NULL THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning', 'nothing is sealed yet');
    ELSEIF v_seal NOT LIKE '%\n— %' THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning',
        'seals are not signed: put audit.ed25519_seed into the secrets file (docs/security.md)');
    ELSE
      CALL purser.selftest_add(p_rows, 'sealing', 'ok', SUBSTRING_INDEX(v_seal, '\n', 1));
    END IF;
  END IF;
END//
DELIMITER ;
