-- A shop that is mapped, and what a reconciled day leaves.
INSERT INTO itsxtrapush_db.users (id, email, subscription_status) VALUES (1, 'ann@example.com', 'active'), (2, 'bob@example.com', NULL);
INSERT INTO itsxtrapush_db.gadgets (id, name, category, price, price_gbp, stock_quantity) VALUES (1, 'Téléphone 📱', 'phone', 900000, 400, 7);
INSERT INTO itsxtrapush_db.orders (id, user_id, provider, external_tx_ref, total_amount, total_amount_gbp, currency, payment_status)
VALUES (1, 1, 'square', 'ref-1', 900000, 400, 'GBP', 'paid'), (2, 2, 'paychangu', 'ref-2', 900000, 400, 'MWK', 'pending');
CALL purser.map_app('itsxtrapush_db');
REPLACE INTO purser.settings (name, value) VALUES ('app_time_zone', 'Africa/Blantyre'), ('currencies', 'MWK,GBP,ZMW');
INSERT INTO purser.gateways (name, adapter, base_url, enabled, settings) VALUES
  ('square', 'square', 'https://connect.squareup.com', 1, '{"fee": {"percent": 2.5, "fixed": 0.20}}'),
  ('paychangu', 'paychangu', 'https://api.paychangu.com', 0, '{}'), ('bank', 'file', NULL, 1, '{}');
INSERT INTO purser.reconciliation_runs (gateway, business_date, state, phase, requested_by, started_at, finished_at, fetched, discrepancies)
VALUES ('square', '2025-07-05', 'complete', 'done', 'schedule', '2025-07-06 00:00:00.000001', '2025-07-06 00:00:09', 1, 1);
INSERT INTO purser.gateway_transactions (gateway, business_date, transaction_ref, kind, gateway_transaction_id, status, raw_status,
  amount, currency, created_at, source, run_id, read_at)
VALUES ('square', '2025-07-05', 'ref-1', 'payment', 'sq-1', 'captured', 'COMPLETED', 399.99, 'GBP', '2025-07-05 10:00:00.123456', 'api', 1,
  '2025-07-06 00:00:01');
INSERT INTO purser.discrepancies (run_id, gateway, business_date, type, order_id, transaction_ref, gateway_transaction_id, internal_amount,
  gateway_amount, difference, currency, detected_at, changed_at)
VALUES (1, 'square', '2025-07-05', 'AMOUNT_MISMATCH', '1', 'ref-1', 'sq-1', 400, 399.99, -0.01, 'GBP', '2025-07-06 00:00:02', '2025-07-06 00:00:02');
CALL purser.resolve_discrepancy(1, 'acknowledged', 'a penny: “rounding”');
INSERT INTO purser.reconciliation_reports (report_date, results_json, created_at, updated_at)
VALUES ('2025-07-05', '{"summary": {"discrepancies": 1}}', '2025-07-06 00:00:03', '2025-07-06 00:00:03');
INSERT INTO purser.jobs (name, last_date, last_start) VALUES ('reconcile:square', '2025-07-05', '2025-07-06 00:00:00');
CREATE ROLE accountants;
GRANT purser_reader TO accountants;
