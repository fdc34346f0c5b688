-- The functions of purser.so belong to this server alone (see install/library.sql).
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
DELIMITER ;
DROP FUNCTION IF EXISTS purser_version;
DROP FUNCTION IF EXISTS purser_last_error;
DROP FUNCTION IF EXISTS purser_setting;
DROP FUNCTION IF EXISTS purser_job;
DROP FUNCTION IF EXISTS purser_token_bucket;
DROP FUNCTION IF EXISTS purser_rate_limit_load;
DROP FUNCTION IF EXISTS purser_rate_limit_keys;
DROP FUNCTION IF EXISTS purser_rate_limit_headers;
DROP FUNCTION IF EXISTS purser_rate_limit_reset;
DROP FUNCTION IF EXISTS purser_rate_limit_refund;
DROP FUNCTION IF EXISTS purser_rate_limits;
DROP FUNCTION IF EXISTS purser_rate_limit_policy;
DROP FUNCTION IF EXISTS purser_rate_limit;
DROP FUNCTION IF EXISTS purser_stock_batch;
DROP FUNCTION IF EXISTS purser_order_items_batch;
DROP FUNCTION IF EXISTS purser_subscriptions_batch;
DROP FUNCTION IF EXISTS purser_audit_diff;
DROP FUNCTION IF EXISTS purser_audit_leaf;
DROP FUNCTION IF EXISTS purser_audit_now;
DROP FUNCTION IF EXISTS purser_hmac;
DROP FUNCTION IF EXISTS purser_webhook_verify;
DROP FUNCTION IF EXISTS purser_client_secret;
DELIMITER //
BEGIN NOT ATOMIC
  IF @purser_old_wsrep_on IS NOT NULL THEN
    EXECUTE IMMEDIATE 'SET SESSION wsrep_on = @purser_old_wsrep_on';
  END IF;
END//
DELIMITER ;
SET SESSION sql_log_bin = @purser_old_log_bin;
