-- Purser 0.1.0: takes away what install.sql made, except the data.
--
--   1. UNINSTALL SONAME 'purser';            stops the worker (on each server that has it)
--   2. mariadb < sql/uninstall.sql           this file; it may be run again
--
-- In the other order nothing breaks: the worker finds its account gone, says so in the error log and
-- waits. Kept are the schema purser and its tables. To drop the data as well:
--
--   DROP DATABASE purser;
--
-- The roles go, and with them what was granted to or through them. The views over the shop go too:
-- after a new install.sql run CALL purser.map_app (and purser.map_usage) again. The functions of purser.so are dropped on
-- this server alone; run the file sql/uninstall/library.sql on each replica and cluster node.

-- ---- sql/install/begin.sql
-- The session: as the routines are to be stored (their character set and sql_mode are kept with them), and so that each name
-- of a table can be said.
SET @purser_old_client = @@SESSION.character_set_client,
    @purser_old_results = @@SESSION.character_set_results,
    @purser_old_collation = @@SESSION.collation_connection,
    @purser_old_sql_mode = @@SESSION.sql_mode,
    @purser_old_autocommit = @@SESSION.autocommit,
    @purser_old_read_only = @@SESSION.tx_read_only,
    @purser_old_if_exists = @@SESSION.sql_if_exists,
    @purser_old_keys = @@SESSION.foreign_key_checks,
    @purser_old_seconds = @@SESSION.max_statement_time,
    @purser_old_big_selects = @@SESSION.sql_big_selects;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SET SESSION autocommit = 1;
-- With it the server takes the IF NOT EXISTS of a table for none.
SET SESSION sql_if_exists = 0;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';
-- A server may cut off what takes long, or looks as if it would: a large table takes its time, each time.
SET SESSION max_statement_time = 0, sql_big_selects = 1;
-- The tables are made in the order of their names: a foreign key may name one that comes later.
SET SESSION foreign_key_checks = 0;

-- ---- sql/uninstall/audit.sql
-- The triggers of audited tables, which would refuse each write without the definer and the library.
-- audit_tables keeps what was audited: after a new install.sql call purser.audit_enable again.
DELIMITER //
BEGIN NOT ATOMIC
  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_NAME LIKE 'purser\_audit\_%') DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(t.s, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;

-- ---- sql/uninstall/usage.sql
-- The triggers of a mapped table, which would fail each payment without the procedures they call.
-- After a new install.sql call purser.map_usage again.
DELIMITER //
BEGIN NOT ATOMIC
  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_SCHEMA <> 'purser'
               AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete')) DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(t.s, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;

-- ---- sql/uninstall/library.sql
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

-- ---- triggers, views, procedures, functions
DROP TRIGGER IF EXISTS purser.alert_channels_before_insert;
DROP TRIGGER IF EXISTS purser.alert_channels_before_update;
DROP TRIGGER IF EXISTS purser.audit_log_delete;
DROP TRIGGER IF EXISTS purser.audit_log_update;
DROP TRIGGER IF EXISTS purser.audit_seals_delete;
DROP TRIGGER IF EXISTS purser.audit_seals_update;
DROP TRIGGER IF EXISTS purser.audit_tiles_delete;
DROP TRIGGER IF EXISTS purser.audit_tiles_update;
DROP TRIGGER IF EXISTS purser.client_keys_log_delete;
DROP TRIGGER IF EXISTS purser.client_keys_log_insert;
DROP TRIGGER IF EXISTS purser.client_keys_log_update;
DROP TRIGGER IF EXISTS purser.client_transactions_before_insert;
DROP TRIGGER IF EXISTS purser.client_transactions_before_update;
DROP TRIGGER IF EXISTS purser.client_transactions_delete;
DROP TRIGGER IF EXISTS purser.client_transactions_insert;
DROP TRIGGER IF EXISTS purser.client_transactions_update;
DROP TRIGGER IF EXISTS purser.clients_before_insert;
DROP TRIGGER IF EXISTS purser.clients_before_update;
DROP TRIGGER IF EXISTS purser.clients_log_delete;
DROP TRIGGER IF EXISTS purser.clients_log_insert;
DROP TRIGGER IF EXISTS purser.clients_log_update;
DROP TRIGGER IF EXISTS purser.outbox_usage_sent;
DROP TRIGGER IF EXISTS purser.packages_before_insert;
DROP TRIGGER IF EXISTS purser.packages_before_update;
DROP TRIGGER IF EXISTS purser.packages_log_delete;
DROP TRIGGER IF EXISTS purser.packages_log_insert;
DROP TRIGGER IF EXISTS purser.packages_log_update;
DROP TRIGGER IF EXISTS purser.pricing_overrides_before_delete;
DROP TRIGGER IF EXISTS purser.pricing_overrides_before_insert;
DROP TRIGGER IF EXISTS purser.pricing_overrides_before_update;
DROP TRIGGER IF EXISTS purser.pricing_overrides_log_delete;
DROP TRIGGER IF EXISTS purser.pricing_overrides_log_insert;
DROP TRIGGER IF EXISTS purser.pricing_overrides_log_update;
DROP TRIGGER IF EXISTS purser.usage_templates_before_delete;
DROP TRIGGER IF EXISTS purser.usage_templates_before_insert;
DROP TRIGGER IF EXISTS purser.usage_templates_before_update;
DROP TRIGGER IF EXISTS purser.usage_templates_log_delete;
DROP TRIGGER IF EXISTS purser.usage_templates_log_insert;
DROP TRIGGER IF EXISTS purser.usage_templates_log_update;
DROP TRIGGER IF EXISTS purser.usage_thresholds_log_delete;
DROP TRIGGER IF EXISTS purser.usage_thresholds_log_insert;
DROP TRIGGER IF EXISTS purser.usage_thresholds_log_update;
DROP VIEW IF EXISTS purser.app_payments;
DROP VIEW IF EXISTS purser.app_orders;
DROP VIEW IF EXISTS purser.app_gadgets;
DROP VIEW IF EXISTS purser.app_order_items;
DROP VIEW IF EXISTS purser.app_users;
DROP VIEW IF EXISTS purser.app_client_usage;
DROP VIEW IF EXISTS purser.client_limits;
DROP VIEW IF EXISTS purser.firing_alerts;
DROP VIEW IF EXISTS purser.health;
DROP VIEW IF EXISTS purser.latest_runs;
DROP VIEW IF EXISTS purser.open_discrepancies;
DROP VIEW IF EXISTS purser.outbox_dead;
DROP VIEW IF EXISTS purser.rate_limits;
DROP VIEW IF EXISTS purser.reconciliation_progress;
DROP PROCEDURE IF EXISTS purser.admin_note;
DROP PROCEDURE IF EXISTS purser.alert_acknowledge;
DROP PROCEDURE IF EXISTS purser.alert_need_target;
DROP PROCEDURE IF EXISTS purser.alert_silence;
DROP PROCEDURE IF EXISTS purser.alert_test;
DROP PROCEDURE IF EXISTS purser.alert_unsilence;
DROP PROCEDURE IF EXISTS purser.api_call;
DROP PROCEDURE IF EXISTS purser.api_idempotency_begin;
DROP PROCEDURE IF EXISTS purser.api_idempotency_check;
DROP PROCEDURE IF EXISTS purser.api_idempotency_end;
DROP PROCEDURE IF EXISTS purser.api_idempotency_forget;
DROP PROCEDURE IF EXISTS purser.apply_constraints;
DROP PROCEDURE IF EXISTS purser.audit_check_table;
DROP PROCEDURE IF EXISTS purser.audit_consistency;
DROP PROCEDURE IF EXISTS purser.audit_disable;
DROP PROCEDURE IF EXISTS purser.audit_drop_triggers;
DROP PROCEDURE IF EXISTS purser.audit_enable;
DROP PROCEDURE IF EXISTS purser.audit_job;
DROP PROCEDURE IF EXISTS purser.audit_names;
DROP PROCEDURE IF EXISTS purser.audit_options;
DROP PROCEDURE IF EXISTS purser.audit_proof;
DROP PROCEDURE IF EXISTS purser.audit_prune;
DROP PROCEDURE IF EXISTS purser.audit_refuse;
DROP PROCEDURE IF EXISTS purser.audit_revoke;
DROP PROCEDURE IF EXISTS purser.audit_status;
DROP PROCEDURE IF EXISTS purser.audit_verified;
DROP PROCEDURE IF EXISTS purser.audit_verify;
DROP PROCEDURE IF EXISTS purser.audit_verify_checkpoint;
DROP PROCEDURE IF EXISTS purser.batch_check_order;
DROP PROCEDURE IF EXISTS purser.batch_insert_order_items;
DROP PROCEDURE IF EXISTS purser.batch_key;
DROP PROCEDURE IF EXISTS purser.batch_key_done;
DROP PROCEDURE IF EXISTS purser.batch_refuse;
DROP PROCEDURE IF EXISTS purser.batch_update_stock;
DROP PROCEDURE IF EXISTS purser.batch_update_subscriptions;
DROP PROCEDURE IF EXISTS purser.check_app;
DROP PROCEDURE IF EXISTS purser.check_constraints;
DROP PROCEDURE IF EXISTS purser.check_health;
DROP PROCEDURE IF EXISTS purser.check_usage_alerts;
DROP PROCEDURE IF EXISTS purser.client_need;
DROP PROCEDURE IF EXISTS purser.client_reason;
DROP PROCEDURE IF EXISTS purser.constraint_add;
DROP PROCEDURE IF EXISTS purser.constraint_apply_rule;
DROP PROCEDURE IF EXISTS purser.constraint_begin;
DROP PROCEDURE IF EXISTS purser.constraint_check;
DROP PROCEDURE IF EXISTS purser.constraint_check_rule;
DROP PROCEDURE IF EXISTS purser.constraint_count;
DROP PROCEDURE IF EXISTS purser.constraint_ddl;
DROP PROCEDURE IF EXISTS purser.constraint_drop;
DROP PROCEDURE IF EXISTS purser.constraint_end;
DROP PROCEDURE IF EXISTS purser.constraint_find;
DROP PROCEDURE IF EXISTS purser.constraint_foreign_key;
DROP PROCEDURE IF EXISTS purser.constraint_look;
DROP PROCEDURE IF EXISTS purser.constraint_schema;
DROP PROCEDURE IF EXISTS purser.constraint_table;
DROP PROCEDURE IF EXISTS purser.constraint_undo;
DROP PROCEDURE IF EXISTS purser.constraint_unique;
DROP PROCEDURE IF EXISTS purser.constraint_want;
DROP PROCEDURE IF EXISTS purser.create_client_key;
DROP PROCEDURE IF EXISTS purser.end_pricing_override;
DROP PROCEDURE IF EXISTS purser.import_gateway_file;
DROP PROCEDURE IF EXISTS purser.import_gateway_rows;
DROP PROCEDURE IF EXISTS purser.list_clients;
DROP PROCEDURE IF EXISTS purser.list_filter;
DROP PROCEDURE IF EXISTS purser.list_filters;
DROP PROCEDURE IF EXISTS purser.list_packages;
DROP PROCEDURE IF EXISTS purser.list_pricing_overrides;
DROP PROCEDURE IF EXISTS purser.map_app;
DROP PROCEDURE IF EXISTS purser.map_usage;
DROP PROCEDURE IF EXISTS purser.outbox_replay;
DROP PROCEDURE IF EXISTS purser.override_number;
DROP PROCEDURE IF EXISTS purser.reconcile;
DROP PROCEDURE IF EXISTS purser.reconcile_async;
DROP PROCEDURE IF EXISTS purser.recount_client;
DROP PROCEDURE IF EXISTS purser.recount_usage;
DROP PROCEDURE IF EXISTS purser.refuse_locks;
DROP PROCEDURE IF EXISTS purser.reload_rate_limits;
DROP PROCEDURE IF EXISTS purser.request_reconcile;
DROP PROCEDURE IF EXISTS purser.reset_monthly_usage;
DROP PROCEDURE IF EXISTS purser.resolve_discrepancy;
DROP PROCEDURE IF EXISTS purser.revert_constraints;
DROP PROCEDURE IF EXISTS purser.revoke_app;
DROP PROCEDURE IF EXISTS purser.revoke_client_key;
DROP PROCEDURE IF EXISTS purser.selftest;
DROP PROCEDURE IF EXISTS purser.selftest_accounts;
DROP PROCEDURE IF EXISTS purser.selftest_add;
DROP PROCEDURE IF EXISTS purser.selftest_app;
DROP PROCEDURE IF EXISTS purser.selftest_audit;
DROP PROCEDURE IF EXISTS purser.selftest_gateways;
DROP PROCEDURE IF EXISTS purser.selftest_last_error;
DROP PROCEDURE IF EXISTS purser.selftest_missing;
DROP PROCEDURE IF EXISTS purser.selftest_plugin;
DROP PROCEDURE IF EXISTS purser.selftest_replication;
DROP PROCEDURE IF EXISTS purser.selftest_schema;
DROP PROCEDURE IF EXISTS purser.selftest_settings;
DROP PROCEDURE IF EXISTS purser.selftest_usage;
DROP PROCEDURE IF EXISTS purser.selftest_worker_access;
DROP PROCEDURE IF EXISTS purser.selftest_zone;
DROP PROCEDURE IF EXISTS purser.set_pricing_override;
DROP PROCEDURE IF EXISTS purser.show_client;
DROP PROCEDURE IF EXISTS purser.switch_check;
DROP PROCEDURE IF EXISTS purser.switch_compare;
DROP PROCEDURE IF EXISTS purser.switch_package;
DROP PROCEDURE IF EXISTS purser.test_usage_alert;
DROP PROCEDURE IF EXISTS purser.triggers_lock;
DROP PROCEDURE IF EXISTS purser.unmap_usage;
DROP PROCEDURE IF EXISTS purser.usage_alert;
DROP PROCEDURE IF EXISTS purser.usage_begin;
DROP PROCEDURE IF EXISTS purser.usage_calendar;
DROP PROCEDURE IF EXISTS purser.usage_check;
DROP PROCEDURE IF EXISTS purser.usage_check_ahead;
DROP PROCEDURE IF EXISTS purser.usage_check_alerts;
DROP PROCEDURE IF EXISTS purser.usage_check_batch;
DROP PROCEDURE IF EXISTS purser.usage_check_due;
DROP PROCEDURE IF EXISTS purser.usage_check_highest;
DROP PROCEDURE IF EXISTS purser.usage_check_late;
DROP PROCEDURE IF EXISTS purser.usage_check_levels;
DROP PROCEDURE IF EXISTS purser.usage_check_lock;
DROP PROCEDURE IF EXISTS purser.usage_check_overrides;
DROP PROCEDURE IF EXISTS purser.usage_check_owed;
DROP PROCEDURE IF EXISTS purser.usage_check_packages;
DROP PROCEDURE IF EXISTS purser.usage_check_quiet;
DROP PROCEDURE IF EXISTS purser.usage_check_some;
DROP PROCEDURE IF EXISTS purser.usage_check_whole;
DROP PROCEDURE IF EXISTS purser.usage_close;
DROP PROCEDURE IF EXISTS purser.usage_close_month;
DROP PROCEDURE IF EXISTS purser.usage_count;
DROP PROCEDURE IF EXISTS purser.usage_count_first;
DROP PROCEDURE IF EXISTS purser.usage_due;
DROP PROCEDURE IF EXISTS purser.usage_lock;
DROP PROCEDURE IF EXISTS purser.usage_mail;
DROP PROCEDURE IF EXISTS purser.usage_mail_alerts;
DROP PROCEDURE IF EXISTS purser.usage_map_column;
DROP PROCEDURE IF EXISTS purser.usage_map_drop;
DROP PROCEDURE IF EXISTS purser.usage_map_note;
DROP PROCEDURE IF EXISTS purser.usage_map_options;
DROP PROCEDURE IF EXISTS purser.usage_map_table;
DROP PROCEDURE IF EXISTS purser.usage_map_view;
DROP PROCEDURE IF EXISTS purser.usage_map_where;
DROP PROCEDURE IF EXISTS purser.usage_map_zone;
DROP PROCEDURE IF EXISTS purser.usage_need_set;
DROP PROCEDURE IF EXISTS purser.usage_report;
DROP PROCEDURE IF EXISTS purser.usage_round;
DROP PROCEDURE IF EXISTS purser.usage_same_currency;
DROP PROCEDURE IF EXISTS purser.usage_set_due;
DROP PROCEDURE IF EXISTS purser.usage_template_check;
DROP PROCEDURE IF EXISTS purser.usage_template_language;
DROP FUNCTION IF EXISTS purser.admin_why;
DROP FUNCTION IF EXISTS purser.api_answer;
DROP FUNCTION IF EXISTS purser.api_checkpoint;
DROP FUNCTION IF EXISTS purser.api_cursor;
DROP FUNCTION IF EXISTS purser.api_cursor_text;
DROP FUNCTION IF EXISTS purser.api_day_starts_at;
DROP FUNCTION IF EXISTS purser.api_is_date;
DROP FUNCTION IF EXISTS purser.api_moment;
DROP FUNCTION IF EXISTS purser.api_moment_json;
DROP FUNCTION IF EXISTS purser.api_money_json;
DROP FUNCTION IF EXISTS purser.api_number_json;
DROP FUNCTION IF EXISTS purser.api_package;
DROP FUNCTION IF EXISTS purser.api_parameters_why;
DROP FUNCTION IF EXISTS purser.api_reconciliation;
DROP FUNCTION IF EXISTS purser.api_transactions;
DROP FUNCTION IF EXISTS purser.api_usage;
DROP FUNCTION IF EXISTS purser.api_usage_history;
DROP FUNCTION IF EXISTS purser.api_usage_told;
DROP FUNCTION IF EXISTS purser.audit_columns_json;
DROP FUNCTION IF EXISTS purser.audit_diff;
DROP FUNCTION IF EXISTS purser.audit_insert_sql;
DROP FUNCTION IF EXISTS purser.audit_key_json;
DROP FUNCTION IF EXISTS purser.audit_kind;
DROP FUNCTION IF EXISTS purser.audit_layout_hash;
DROP FUNCTION IF EXISTS purser.audit_object_sql;
DROP FUNCTION IF EXISTS purser.audit_record_sql;
DROP FUNCTION IF EXISTS purser.audit_row_sql;
DROP FUNCTION IF EXISTS purser.audit_same_sql;
DROP FUNCTION IF EXISTS purser.audit_state;
DROP FUNCTION IF EXISTS purser.audit_transactions;
DROP FUNCTION IF EXISTS purser.audit_trigger_hash;
DROP FUNCTION IF EXISTS purser.audit_trigger_name;
DROP FUNCTION IF EXISTS purser.audit_trigger_sql;
DROP FUNCTION IF EXISTS purser.audit_value_sql;
DROP FUNCTION IF EXISTS purser.batch_element;
DROP FUNCTION IF EXISTS purser.batch_items;
DROP FUNCTION IF EXISTS purser.batch_unknown;
DROP FUNCTION IF EXISTS purser.client_currency;
DROP FUNCTION IF EXISTS purser.client_percent;
DROP FUNCTION IF EXISTS purser.constraint_clause;
DROP FUNCTION IF EXISTS purser.constraint_list;
DROP FUNCTION IF EXISTS purser.constraint_other;
DROP FUNCTION IF EXISTS purser.constraint_part;
DROP FUNCTION IF EXISTS purser.constraint_quoted;
DROP FUNCTION IF EXISTS purser.constraint_setting;
DROP FUNCTION IF EXISTS purser.counts_json;
DROP FUNCTION IF EXISTS purser.currencies_json;
DROP FUNCTION IF EXISTS purser.dashboard_alerts_json;
DROP FUNCTION IF EXISTS purser.dashboard_audit_json;
DROP FUNCTION IF EXISTS purser.dashboard_discrepancies_json;
DROP FUNCTION IF EXISTS purser.dashboard_json;
DROP FUNCTION IF EXISTS purser.dashboard_outbox_json;
DROP FUNCTION IF EXISTS purser.dashboard_rate_limits_json;
DROP FUNCTION IF EXISTS purser.dashboard_reconciliation_json;
DROP FUNCTION IF EXISTS purser.dashboard_usage_json;
DROP FUNCTION IF EXISTS purser.ddl_why;
DROP FUNCTION IF EXISTS purser.discrepancies_json;
DROP FUNCTION IF EXISTS purser.gateways_json;
DROP FUNCTION IF EXISTS purser.health_json;
DROP FUNCTION IF EXISTS purser.health_view_json;
DROP FUNCTION IF EXISTS purser.installed_names;
DROP FUNCTION IF EXISTS purser.percent;
DROP FUNCTION IF EXISTS purser.purser_usage_allowed;
DROP FUNCTION IF EXISTS purser.rate_limit_headers;
DROP FUNCTION IF EXISTS purser.rate_limit_keys_json;
DROP FUNCTION IF EXISTS purser.rate_limit_keys_view_json;
DROP FUNCTION IF EXISTS purser.rate_limits_json;
DROP FUNCTION IF EXISTS purser.report_json;
DROP FUNCTION IF EXISTS purser.server_activity;
DROP FUNCTION IF EXISTS purser.usage_channel;
DROP FUNCTION IF EXISTS purser.usage_decimals;
DROP FUNCTION IF EXISTS purser.usage_level;
DROP FUNCTION IF EXISTS purser.usage_mail_sql;
DROP FUNCTION IF EXISTS purser.usage_map_sql;
DROP FUNCTION IF EXISTS purser.usage_map_trigger;
DROP FUNCTION IF EXISTS purser.usage_month;
DROP FUNCTION IF EXISTS purser.usage_owed;
DROP FUNCTION IF EXISTS purser.usage_percent;
DROP FUNCTION IF EXISTS purser.usage_template_sql;

-- ---- sql/uninstall/mapping.sql
-- The mappings go with their views.
DELIMITER //
BEGIN NOT ATOMIC
  IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'settings') THEN
    DELETE FROM purser.settings WHERE name IN ('app_schema', 'usage_table');
  END IF;
END//
DELIMITER ;
COMMIT AND NO CHAIN NO RELEASE;

-- ---- sql/uninstall/accounts.sql
DROP USER IF EXISTS `purser`@`localhost`;
DROP USER IF EXISTS `purser_api`@`localhost`;
DROP USER IF EXISTS `purser_definer`@`localhost`;
DROP ROLE IF EXISTS purser_app;
DROP ROLE IF EXISTS purser_reader;
DROP ROLE IF EXISTS purser_admin;

-- ---- sql/install/end.sql
SET SESSION foreign_key_checks = @purser_old_keys;
SET SESSION max_statement_time = @purser_old_seconds, sql_big_selects = @purser_old_big_selects;
SET SESSION autocommit = @purser_old_autocommit;
SET SESSION tx_read_only = @purser_old_read_only;
SET SESSION sql_if_exists = @purser_old_if_exists;
SET SESSION sql_mode = @purser_old_sql_mode;
SET character_set_client = @purser_old_client,
    character_set_results = @purser_old_results,
    collation_connection = @purser_old_collation;
