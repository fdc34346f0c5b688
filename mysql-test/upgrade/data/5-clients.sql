-- Clients who have used something, one with a price of its own, a key, and a template that was changed.
INSERT INTO purser.packages (name, position, volume_limit, transaction_limit, price, currency) VALUES
  ('starter', 1, 1000, 100, 5, 'GBP'), ('pro', 2, 2000000, NULL, 49, 'GBP');
INSERT INTO purser.clients (id, external_id, name, email, package) VALUES
  (1, 'm-1', 'Ann''s Bikes & Zoë 💳', 'ann@example.com', 'pro'), (2, 'm-2', 'Bob & Sons', 'bob+till@example.co.mw', 'starter');
INSERT INTO purser.client_transactions (client_id, reference, amount) VALUES (1, 't-1', 10.5), (1, 't-2', 20), (2, 't-1', 900);
INSERT INTO purser.client_keys (key_id, client_id, secret_hash, label) VALUES (CONCAT('pk_', REPEAT('A', 24)), 1, UNHEX(SHA2('x', 256)), 'till');
UPDATE purser.usage_templates SET subject = 'Ours: {{month}}' WHERE language = 'fr';
CALL purser.switch_package(2, 'pro', 'growing', FALSE);
CALL purser.check_usage_alerts();
CREATE TABLE itsxtrapush_db.payments (id BIGINT AUTO_INCREMENT PRIMARY KEY, merchant_id BIGINT, KEY (merchant_id), total DECIMAL(12,2), paid_at DATETIME);
INSERT INTO itsxtrapush_db.payments (merchant_id, total, paid_at) SELECT client_id, amount, occurred_at FROM purser.client_transactions;
CALL purser.map_usage('itsxtrapush_db', 'payments', '{"client_id": "merchant_id", "amount": "total", "occurred_at": "paid_at", "reference": "id"}');
CALL purser.recount_usage(NULL, NULL);
