-- The built-in checks. A row that is there keeps what a DBA has made of it; enabled = FALSE switches one off for
-- good (one that was deleted comes back with the next install.sql).
INSERT IGNORE INTO purser.health_checks
  (name, service, kind, builtin, warning, critical, parameter, unit, interval_seconds, timeout_seconds, fail_count, fail_window, direction, description)
VALUES
  ('database', 'database', 'builtin', 'database', 1000, NULL, 60, 'ms', NULL, NULL, 1, 1, 'above', 'The server answers, each table of the shop is readable, and what is committed comes through'),
  ('tables', 'database', 'builtin', 'tables', NULL, 0, NULL, 'tables', 86400, 14400, 1, 1, 'above', 'CHECK TABLE finds no damage; in the hours of the setting health_check_tables_hours'),
  ('payment_gateways', 'payments', 'builtin', 'payment_gateways', 0, NULL, NULL, 'gateways', 60, 20, 2, 3, 'above', 'Each enabled gateway answers a real request'),
  ('order_processing', 'orders', 'builtin', 'order_processing', 10, 50, 60, 'orders', 60, NULL, 1, 1, 'above', 'Orders in processing for longer than so many minutes'),
  ('subscription_renewals', 'subscriptions', 'builtin', 'subscription_renewals', 100, NULL, 7, 'users', 300, NULL, 1, 1, 'above', 'Subscriptions to be renewed within so many days'),
  ('inventory', 'inventory', 'builtin', 'inventory', 50, NULL, 5, 'gadgets', 300, NULL, 1, 1, 'above', 'Gadgets in stock with fewer than so many pieces'),
  ('discrepancies', 'payments', 'builtin', 'discrepancies', 0, NULL, NULL, 'findings', 60, NULL, 1, 1, 'above', 'Open discrepancies'),
  ('paid_not_recorded', 'payments', 'builtin', 'paid_not_recorded', NULL, 0, NULL, 'findings', 60, NULL, 1, 1, 'above', 'Payments that the gateway has and the shop does not'),
  ('outbox', 'alerts', 'builtin', 'outbox', 0, 100, 10, 'messages', 60, NULL, 1, 1, 'above', 'Messages that wait for longer than so many minutes, and those given up within a day'),
  ('connections', 'server', 'builtin', 'connections', 80, 95, NULL, 'percent', NULL, NULL, 2, 3, 'above', 'Connections, of max_connections'),
  ('transactions', 'server', 'builtin', 'transactions', 600, 3600, NULL, 's', 60, NULL, 1, 1, 'above', 'Age of the oldest open transaction'),
  ('lock_waits', 'server', 'builtin', 'lock_waits', 10, 100, NULL, 'locks', NULL, NULL, 2, 3, 'above', 'Statements that wait for a row lock or for a table''s'),
  ('history_length', 'server', 'builtin', 'history_length', 1000000, 10000000, NULL, 'records', 60, NULL, 2, 3, 'above', 'Old versions of rows that InnoDB has not purged'),
  ('replication', 'server', 'builtin', 'replication', 60, 600, NULL, 's', NULL, NULL, 2, 3, 'above', 'How far a replica is behind'),
  ('disk', 'server', 'builtin', 'disk', 85, 95, NULL, 'percent', 30, NULL, 1, 3, 'above', 'How full the file systems of datadir and tmpdir are'),
  ('error_log', 'server', 'builtin', 'error_log', 0, NULL, NULL, 'lines', 60, NULL, 1, 1, 'above', 'Errors in the error log since the last look'),
  ('threads', 'purser', 'builtin', 'threads', 60, 300, NULL, 's', NULL, NULL, 1, 1, 'above', 'By how much the slowest of Purser''s threads is overdue'),
  ('rate_limit_peers', 'purser', 'builtin', 'rate_limit_peers', 0, NULL, NULL, 'peers', NULL, NULL, 2, 3, 'above', 'Nodes that rate limits are counted with, and that do not answer'),
  ('rate_limit_store', 'purser', 'builtin', 'rate_limit_store', 0, 60, NULL, 's', NULL, NULL, 1, 1, 'above', 'For how long the store of the rate limits gives no answer'),
  ('certificates', 'server', 'builtin', 'certificates', 21, 3, NULL, 'days', 3600, 20, 1, 1, 'below', 'Days until the first certificate ends');
