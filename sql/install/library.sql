-- The functions of purser.so. They belong to this server alone: neither the binary log nor Galera
-- carries them, since another server may not have the library yet. On a replica, and on each further
-- node of a cluster, run just this file (sql/install/library.sql): all else arrives by replication.
SET @purser_old_log_bin = @@SESSION.sql_log_bin;
SET SESSION sql_log_bin = OFF;
DELIMITER //
BEGIN NOT ATOMIC
  SET @purser_old_wsrep_on = NULL;
  IF EXISTS (SELECT 1 FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') THEN
    EXECUTE IMMEDIATE 'SET @purser_old_wsrep_on = @@SESSION.wsrep_on';
    EXECUTE IMMEDIATE 'SET SESSION wsrep_on = OFF';
  END IF;
END//
BEGIN NOT ATOMIC
  DECLARE v_why TEXT;
  DECLARE EXIT HANDLER FOR 1126, 1127
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = LEFT(CONCAT('purser.so of this release must be in the server''s plugin_dir (', @@plugin_dir,
      ') before this file is run, and where an older one was loaded the server restarted: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;
  DECLARE EXIT HANDLER FOR 1026
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = LEFT(CONCAT('mysql.func has functions that this server did not load when it started (was it restored from a dump?): ',
      'restart it, then run this file again: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;
  CREATE FUNCTION IF NOT EXISTS purser_version RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_last_error RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_setting RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_job RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_policy RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limits RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_refund RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_reset RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_headers RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_keys RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_load RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_token_bucket RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_stock_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_order_items_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_subscriptions_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_diff RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_leaf RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_now RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_hmac RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_webhook_verify RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_client_secret RETURNS STRING SONAME 'purser.so';

  -- A server that was started without the library knows the functions by name and cannot call them
  -- (1305): these are made anew.
  FOR f IN (SELECT SUBSTRING_INDEX(j.example, '(', 1) AS name, j.example, j.returns
              FROM JSON_TABLE('[["STRING",  "purser_version()"],
                                ["STRING",  "purser_last_error()"],
                                ["STRING",  "purser_setting(NULL)"],
                                ["STRING",  "purser_job(NULL, NULL, NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit(NULL, NULL, NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_policy(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limits(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_refund(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_reset(NULL, NULL)"],
                                ["STRING",  "purser_rate_limit_headers(NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_rate_limit_keys()"],
                                ["INTEGER", "purser_rate_limit_load(NULL)"],
                                ["INTEGER", "purser_token_bucket(NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_stock_batch(NULL)"],
                                ["STRING",  "purser_order_items_batch(NULL)"],
                                ["STRING",  "purser_subscriptions_batch(NULL)"],
                                ["STRING",  "purser_audit_diff(NULL, NULL)"],
                                ["STRING",  "purser_audit_leaf(NULL, NULL, NULL, NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_audit_now()"],
                                ["STRING",  "purser_hmac(NULL, NULL, NULL)"],
                                ["INTEGER", "purser_webhook_verify(NULL, NULL, NULL)"],
                                ["STRING",  "purser_client_secret(NULL)"]]',
                              '$[*]' COLUMNS (returns VARCHAR(16) PATH '$[0]', example VARCHAR(128) PATH '$[1]')) AS j)
  DO
    BEGIN
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
      DECLARE EXIT HANDLER FOR 1305
      BEGIN
        EXECUTE IMMEDIATE CONCAT('DROP FUNCTION IF EXISTS ', f.name);
        EXECUTE IMMEDIATE CONCAT('CREATE FUNCTION ', f.name, ' RETURNS ', f.returns, ' SONAME ''purser.so''');
      END;
      SET @purser_example = CONCAT('SELECT ', f.example);
      PREPARE purser_example FROM @purser_example;
      DEALLOCATE PREPARE purser_example;
    END;
  END FOR;
  SET @purser_example = NULL;
END//
BEGIN NOT ATOMIC
  IF @purser_old_wsrep_on IS NOT NULL THEN
    EXECUTE IMMEDIATE 'SET SESSION wsrep_on = @purser_old_wsrep_on';
  END IF;
END//
DELIMITER ;
SET SESSION sql_log_bin = @purser_old_log_bin;
