-- What the calls of a campaign are made upon: the demo shop with a small day, clients with packages and keys, two gateways with a
-- day's findings, a table with usage that can be mapped, and tables that are audited. Nothing is sent to anybody.
SET NAMES utf8mb4;
CALL itsxtrapush_db.demo_day('2025-07-05', 300, 1);
CALL purser.map_app('itsxtrapush_db');

INSERT INTO purser.alert_channels (name, kind, target, enabled) VALUES ('clients', 'mail', 'nobody@example.com', FALSE);
UPDATE purser.settings SET value = 'clients' WHERE name = 'usage_channel';
INSERT INTO purser.packages (name, position, volume_limit, transaction_limit, price, currency) VALUES
  ('small', 1, 1000, 100, 10, 'GBP'), ('pro', 2, 10000, 1000, 50, 'GBP'), ('huge', 3, NULL, NULL, 500, 'GBP'),
  ('yen', 4, 100000, NULL, 1000, 'JPY');
INSERT INTO purser.clients (id, name, email, package, language, created_at) VALUES
  (1, 'Ann', 'ann@example.com', 'small', 'en', '2026-07-01'), (2, 'Bob', 'bob@example.com', 'small', 'fr-CA', '2026-07-01'),
  (3, 'Carl', 'carl@example.com', 'pro', 'de', '2026-07-01'), (4, 'Dee', 'dee@example.com', 'yen', 'xx', '2026-07-01'),
  (5, 'Eve', 'eve@example.com', 'huge', 'en', '2026-07-01');
INSERT INTO purser.client_keys (key_id, client_id, secret_hash) VALUES
  (CONCAT('pk_', REPEAT('a', 24)), 1, UNHEX(SHA2(CONCAT('sk_', REPEAT('a', 64)), 256))),
  (CONCAT('pk_', REPEAT('b', 24)), 2, UNHEX(SHA2(CONCAT('sk_', REPEAT('b', 64)), 256)));
INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)
  SELECT 1 + seq % 4, CONCAT('T', seq), 30 + seq % 7, UTC_TIMESTAMP(6) - INTERVAL seq MINUTE FROM mysql.seq_1_to_100;
INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)
  SELECT 1 + seq % 4, CONCAT('O', seq), 30 + seq % 7, UTC_TIMESTAMP(6) - INTERVAL seq DAY FROM mysql.seq_1_to_60;

INSERT INTO purser.gateways (name, adapter) VALUES ('one', 'file'), ('two', 'file');
INSERT INTO purser.reconciliation_runs (gateway, business_date, state, phase, requested_by, started_at, by_currency)
  SELECT name, UTC_DATE(), 'complete', 'done', 'schedule', UTC_TIMESTAMP(),
         '{"GBP":{"internal":2,"gateway":1,"matched":1},"MWK":{"internal":3,"gateway":3,"matched":3}}'
    FROM purser.gateways WHERE name IN ('one', 'two');
INSERT INTO purser.discrepancies (run_id, gateway, business_date, type, order_id, transaction_ref, currency, detected_at, changed_at)
  SELECT r.id, r.gateway, UTC_DATE(), 'MISSING_IN_GATEWAY', s.seq, CONCAT('T', s.seq), 'GBP', UTC_TIMESTAMP(), UTC_TIMESTAMP()
    FROM purser.reconciliation_runs AS r JOIN mysql.seq_1_to_6 AS s WHERE r.gateway IN ('one', 'two') AND r.business_date = UTC_DATE();

CREATE DATABASE pay;
CREATE TABLE pay.payments (id INT AUTO_INCREMENT PRIMARY KEY, merchant INT, total DECIMAL(20,2), at DATETIME(3), cur VARCHAR(8),
  state VARCHAR(20), KEY (merchant, at)) ENGINE=InnoDB;
INSERT INTO pay.payments (merchant, total, at, cur, state)
  SELECT 1 + seq % 4, 30 + seq % 7, UTC_TIMESTAMP(3) - INTERVAL seq HOUR, IF(seq % 5, 'GBP', NULL), IF(seq % 6, 'paid', 'new')
    FROM mysql.seq_1_to_300;

CREATE DATABASE audit_shop CHARACTER SET utf8mb4;
CREATE TABLE audit_shop.orders (id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, user_id INT, status VARCHAR(32), payment_status VARCHAR(32),
  total DECIMAL(12,2), note VARCHAR(200)) ENGINE=InnoDB;
CREATE TABLE audit_shop.two LIKE audit_shop.orders;
CALL purser.audit_enable('audit_shop', 'orders', NULL);
INSERT INTO audit_shop.orders (user_id, status, total, note) SELECT seq, 'new', seq, 'x' FROM mysql.seq_1_to_50;
