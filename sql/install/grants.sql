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
GRANT EXECUTE ON FUNCTION purser.report_json TO `purser`@`localhost`;

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

-- People and applications. purser_app has nothing to call yet.
GRANT SELECT ON purser.open_discrepancies TO purser_reader;
GRANT SELECT ON purser.reconciliation_progress TO purser_reader;
GRANT SELECT ON purser.latest_runs TO purser_reader;
GRANT SELECT ON purser.reconciliation_reports TO purser_reader;
GRANT SELECT ON purser.reconciliation_runs TO purser_reader;
GRANT SELECT ON purser.discrepancies TO purser_reader;
GRANT SELECT ON purser.discrepancy_events TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.report_json TO purser_reader;

GRANT SELECT, EXECUTE ON purser.* TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.settings TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.gateways TO purser_admin;
