DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_accounts(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: accounts, roles and what they are granted; needs SELECT on the schema mysql'
BEGIN
  DECLARE c_cure VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'run install.sql again';
  DECLARE v_why, v_definer TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'accounts', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  FOR a IN (
    SELECT n.name, n.title, p.Priv AS priv
      FROM (SELECT 1 AS place, 'purser' AS name, 'account of the worker' AS title
            UNION ALL SELECT 2, 'purser_api', 'account of the client API') AS n
      LEFT JOIN mysql.global_priv AS p ON p.User = CONVERT(n.name USING utf8mb3) COLLATE utf8mb3_bin AND p.Host = 'localhost'
     ORDER BY n.place)
  DO
    SET v_why = CASE
      WHEN a.priv IS NULL THEN CONCAT('there is no account ', a.name, '@localhost')
      WHEN COALESCE(JSON_VALUE(a.priv, '$.account_locked'), 0) THEN CONCAT(a.name, '@localhost is locked')
      WHEN COALESCE(JSON_VALUE(a.priv, '$.plugin'), '') <> 'mysql_native_password'
        THEN CONCAT(a.name, '@localhost does not log in by mysql_native_password but by ', COALESCE(JSON_VALUE(a.priv, '$.plugin'), 'nothing'))
      WHEN COALESCE(JSON_VALUE(a.priv, '$.authentication_string'), '') = '' THEN CONCAT(a.name, '@localhost has no password')
    END;
    CALL purser.selftest_add(p_rows, a.title, IF(v_why IS NULL, 'ok', 'failed'),
      COALESCE(CONCAT(v_why, '; drop the account and ', c_cure), CONCAT(a.name, '@localhost')));
  END FOR;
  SET v_definer = (SELECT Priv FROM mysql.global_priv WHERE User = 'purser_definer' AND Host = 'localhost');
  SET v_why = CASE
    WHEN v_definer IS NULL THEN 'there is no account purser_definer@localhost'
    WHEN NOT COALESCE(JSON_VALUE(v_definer, '$.account_locked'), 0) THEN 'purser_definer@localhost is not locked'
  END;
  CALL purser.selftest_add(p_rows, 'account of the definer', IF(v_why IS NULL, 'ok', 'failed'),
    COALESCE(CONCAT(v_why, '; ', c_cure), 'purser_definer@localhost, locked'));
  CALL purser.selftest_missing(p_rows, 'roles', '["purser_admin","purser_app","purser_reader"]',
    (SELECT JSON_ARRAYAGG(User) FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.is_role') = 1), c_cure);

  CALL purser.selftest_missing(p_rows, 'grants of the worker',
    '["SELECT","gateway_transactions.INSERT","gateway_transactions.UPDATE","gateway_transactions.DELETE","reconciliation_runs.INSERT","reconciliation_runs.UPDATE","reconciliation_runs.DELETE","reconciliation_reports.INSERT","reconciliation_reports.UPDATE","reconciliation_reports.DELETE","discrepancies.INSERT","discrepancies.UPDATE","discrepancies.DELETE","discrepancy_events.INSERT","jobs.INSERT","jobs.UPDATE","jobs.DELETE","leases.INSERT","leases.UPDATE","leases.DELETE"]',
    (SELECT JSON_ARRAYAGG(g.what) FROM (
       SELECT PRIVILEGE_TYPE AS what FROM information_schema.SCHEMA_PRIVILEGES
        WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = 'purser'
       UNION ALL
       SELECT CONCAT(TABLE_NAME, '.', PRIVILEGE_TYPE) FROM information_schema.TABLE_PRIVILEGES
        WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = 'purser') AS g), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the definer',
    '["reconciliation_runs.SELECT","discrepancies.SELECT","discrepancy_events.INSERT"]',
    (SELECT JSON_ARRAYAGG(CONCAT(TABLE_NAME, '.', PRIVILEGE_TYPE)) FROM information_schema.TABLE_PRIVILEGES
      WHERE GRANTEE = '''purser_definer''@''localhost''' AND TABLE_SCHEMA = 'purser'), c_cure);
  -- A dump that is restored drops the routines, and with them what was granted on them.
  CALL purser.selftest_missing(p_rows, 'grants on routines',
    '["percent","counts_json","currencies_json","gateways_json","discrepancies_json","report_json","refuse_locks","request_reconcile","reconcile","reconcile_async","resolve_discrepancy","import_gateway_rows","rate_limits_json","rate_limit_keys_json","reload_rate_limits","api_call","api_answer","api_idempotency_begin","api_idempotency_end"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser_definer' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the worker on routines', '["report_json","rate_limits_json"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the client API', '["api_call","api_idempotency_begin","api_idempotency_end"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser_api' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);

  -- A temporary table hides one of Purser's of the same name, from triggers and routines as well. (An account with SUPER has all rights anyway.)
  -- information_schema says nothing of what a role may do everywhere. 65536: CREATE TEMPORARY TABLES, 32768: SUPER.
  SET STATEMENT group_concat_max_len = 1048576 FOR
  SELECT GROUP_CONCAT(QUOTE(a.name), IF(a.host = '', '', CONCAT('@', QUOTE(a.host))) ORDER BY a.name, a.host SEPARATOR ', ' LIMIT 10) INTO v_why
    FROM (SELECT g.User AS name, g.Host AS host FROM mysql.global_priv AS g WHERE CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & 65536
          UNION SELECT d.User, d.Host FROM mysql.db AS d WHERE d.Create_tmp_table_priv = 'Y' AND 'purser' LIKE d.Db) AS a
    LEFT JOIN mysql.global_priv AS s ON s.User = a.name AND s.Host = a.host
   WHERE COALESCE(CAST(JSON_VALUE(s.Priv, '$.access') AS UNSIGNED) & 32768, 0) = 0;
  IF v_why IS NOT NULL THEN
    CALL purser.selftest_add(p_rows, 'temporary tables', 'warning', CONCAT('by a right on *.* or on purser these accounts may put a temporary table ',
      'in the place of one of Purser''s, and their changes are neither audited nor counted: ', v_why, '; grant CREATE TEMPORARY TABLES on their own schemas only'));
  END IF;
END//
DELIMITER ;
