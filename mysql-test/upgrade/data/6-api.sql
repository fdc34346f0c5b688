-- A request of the client API that was done once.
INSERT INTO purser.api_idempotency (client_id, idempotency_key, request_hash, begun_at, ended_at, status, body)
VALUES (1, 'k-1', UNHEX(SHA2('r', 256)), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), 200, '{"ok": true}');
