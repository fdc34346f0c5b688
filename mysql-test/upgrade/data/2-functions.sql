-- Policies, and a batch that was done.
INSERT INTO purser.rate_limit_policies (name, max_requests, window_seconds, note) VALUES ('login', 5, 60, 'at the door'), ('off', 0, 1, '');
CALL purser.batch_update_stock('{"idempotency_key": "basket 7", "items": [{"gadget_id": 1, "delta": -2}]}');
