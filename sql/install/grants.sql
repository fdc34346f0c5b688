-- Grants are only ever added here; an upgrade step takes away what a release no longer needs.

-- The worker: reads its schema, writes what it works on, appends to the history.
GRANT SELECT ON purser.* TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.gateway_transactions TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.reconciliation_runs TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.reconciliation_reports TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.discrepancies TO `purser`@`localhost`;
GRANT INSERT ON purser.discrepancy_events TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.jobs TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.leases TO `purser`@`localhost`;
GRANT INSERT ON purser.audit_seals TO `purser`@`localhost`;
GRANT INSERT, UPDATE ON purser.audit_tiles TO `purser`@`localhost`;
-- its trigger lets nothing go that no seal says is pruned
GRANT DELETE ON purser.audit_log TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.audit_transactions TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.alerts TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.outbox TO `purser`@`localhost`;
GRANT DELETE ON purser.alert_silences TO `purser`@`localhost`;
GRANT DELETE ON purser.alert_events TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.report_json TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limits_json TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.server_activity TO `purser`@`localhost`;
-- SLAVE MONITOR: the health check of the replication reads SHOW ALL SLAVES STATUS, which no routine can.
GRANT SLAVE MONITOR ON *.* TO `purser`@`localhost`;
GRANT INSERT, DELETE ON purser.health_results TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO `purser`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_round TO `purser`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reset_monthly_usage TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_owed TO `purser`@`localhost`;

-- The definer: what the definer routines read and write, and the right to run them: within a definer
-- routine the server asks the definer, not the caller, for EXECUTE on the routine itself.
GRANT SELECT ON purser.reconciliation_runs TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE (state, changed_at, closed_at) ON purser.discrepancies TO `purser_definer`@`localhost`;
GRANT INSERT ON purser.discrepancy_events TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.latest_runs TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.counts_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.currencies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.gateways_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.discrepancies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.report_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.refuse_locks TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.request_reconcile TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reconcile TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reconcile_async TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.resolve_discrepancy TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.import_gateway_rows TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.rate_limit_policies TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.rate_limit_lists TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limits_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reload_rate_limits TO `purser_definer`@`localhost`;
-- The triggers of the audit log and of audited tables are the definer's.
GRANT SELECT, INSERT, TRIGGER ON purser.audit_log TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.audit_seals TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.audit_tiles TO `purser_definer`@`localhost`;
-- PROCESS: which transactions are open and who waits is shown to nobody else; audit_transactions and
-- server_activity read just that.
GRANT PROCESS ON *.* TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.audit_transactions TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.server_activity TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_job TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verified TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verify TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verify_checkpoint TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_proof TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_consistency TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_prune TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.check_health TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.health_json TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.alert_channels TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE ON purser.alerts TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.alert_silences TO `purser_definer`@`localhost`;
GRANT INSERT ON purser.alert_events TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.outbox TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_acknowledge TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_silence TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_unsilence TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_test TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.outbox_replay TO `purser_definer`@`localhost`;
GRANT SELECT (name, enabled) ON purser.gateways TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.audit_tables TO `purser_definer`@`localhost`;
GRANT SELECT (state, created_at, finished_at) ON purser.outbox TO `purser_definer`@`localhost`;
GRANT SELECT (rule, subject, level, told_state, since, acknowledged_at) ON purser.alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_reconciliation_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_discrepancies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_outbox_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_alerts_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_audit_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_rate_limits_json TO `purser_definer`@`localhost`;

-- Clients: lists, packages, prices, keys, months, counting anew.
GRANT DELETE ON purser.pricing_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.client_percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_usage_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.client_need TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.client_reason TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.create_client_key TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.end_pricing_override TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_clients TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_filter TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_filters TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_packages TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_pricing_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.override_number TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.recount_client TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.recount_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reset_monthly_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.revoke_client_key TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.set_pricing_override TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.show_client TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_compare TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_package TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_calendar TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_close TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_close_month TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_report TO `purser_definer`@`localhost`;

-- Clients and usage: the triggers and the procedures are the definer's.
GRANT SELECT, UPDATE, TRIGGER ON purser.packages TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE, TRIGGER ON purser.clients TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, TRIGGER ON purser.client_keys TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE (currency), TRIGGER ON purser.client_transactions TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.client_usage TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.usage_months TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT ON purser.usage_history TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.usage_thresholds TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.usage_alerts TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, TRIGGER ON purser.pricing_overrides TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.usage_templates TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT ON purser.admin_log TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.client_limits TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.app_client_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_month TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_level TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.client_currency TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.admin_note TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_count TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_count_first TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_set_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_need_set TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_same_currency TO `purser_definer`@`localhost`;
-- Checking and telling.
GRANT SELECT, TRIGGER ON purser.outbox TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.settings TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_decimals TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_channel TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_template_sql TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_mail_sql TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_owed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.purser_usage_allowed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_template_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_mail TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_batch TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_begin TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_quiet TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_whole TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_alert TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_mail_alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_some TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_late TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_packages TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_owed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_highest TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_round TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.check_usage_alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.test_usage_alert TO `purser_definer`@`localhost`;

-- Applications: the batches, which run with the caller's rights. The views of the shop are granted by
-- purser.map_app, which makes them; the shop's own tables are for the application's administrator.
GRANT EXECUTE ON PROCEDURE purser.batch_update_stock TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_insert_order_items TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_update_subscriptions TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_check_order TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_key TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_key_done TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_refuse TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_element TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_items TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_unknown TO purser_app;
GRANT EXECUTE ON FUNCTION purser.audit_diff TO purser_app;
GRANT EXECUTE ON FUNCTION purser.rate_limit_headers TO purser_app;
GRANT SELECT, INSERT, UPDATE (answer) ON purser.batch_keys TO purser_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.client_transactions TO purser_app;
GRANT EXECUTE ON FUNCTION purser.purser_usage_allowed TO purser_app;

-- People.
GRANT SELECT ON purser.open_discrepancies TO purser_reader;
GRANT SELECT ON purser.reconciliation_progress TO purser_reader;
GRANT SELECT ON purser.latest_runs TO purser_reader;
GRANT SELECT ON purser.reconciliation_reports TO purser_reader;
GRANT SELECT ON purser.reconciliation_runs TO purser_reader;
GRANT SELECT ON purser.discrepancies TO purser_reader;
GRANT SELECT ON purser.discrepancy_events TO purser_reader;
GRANT SELECT ON purser.rate_limits TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_json TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.report_json TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.check_health TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.health_json TO purser_reader;
GRANT SELECT ON purser.health TO purser_reader;
GRANT SELECT ON purser.health_results TO purser_reader;
GRANT SELECT ON purser.firing_alerts TO purser_reader;
GRANT SELECT ON purser.outbox_dead TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO purser_reader;
GRANT SELECT ON purser.packages TO purser_reader;
GRANT SELECT ON purser.clients TO purser_reader;
GRANT SELECT ON purser.client_usage TO purser_reader;
GRANT SELECT ON purser.usage_months TO purser_reader;
GRANT SELECT ON purser.usage_history TO purser_reader;
GRANT SELECT ON purser.usage_thresholds TO purser_reader;
GRANT SELECT ON purser.usage_alerts TO purser_reader;
GRANT SELECT ON purser.pricing_overrides TO purser_reader;
GRANT SELECT ON purser.admin_log TO purser_reader;
GRANT SELECT ON purser.client_limits TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_packages TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_clients TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.show_client TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_pricing_overrides TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.usage_report TO purser_reader;

GRANT SELECT, EXECUTE ON purser.* TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.settings TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.gateways TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.rate_limit_policies TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.rate_limit_lists TO purser_admin;
GRANT DELETE ON purser.batch_keys TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.audit_tables TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.constraint_rules TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.constraint_objects TO purser_admin;
-- A query is run by the worker: who may write one may read what the worker may. So no INSERT here.
GRANT UPDATE (service, warning, critical, direction, parameter, unit, interval_seconds, timeout_seconds, fail_count,
              fail_window, enabled, description) ON purser.health_checks TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.alert_channels TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.alert_rules TO purser_admin;
GRANT DELETE ON purser.alerts TO purser_admin;
GRANT INSERT, DELETE ON purser.outbox TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.packages TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.clients TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.usage_thresholds TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.usage_templates TO purser_admin;
