-- Channels, a check of the DBA's own, thresholds that were changed, and a message under way.
INSERT INTO purser.alert_channels (name, kind, target) VALUES ('ops', 'mail', 'ops@example.com'), ('pager', 'webhook', 'secret');
UPDATE purser.health_checks SET warning = 70, critical = 80 WHERE name = 'disk';
UPDATE purser.health_checks SET enabled = FALSE WHERE name = 'error_log';
INSERT INTO purser.health_checks (name, service, kind, query, warning) VALUES ('own', 'shop', 'sql', 'SELECT 1', 5);
CALL purser.alert_silence('service:server', 60, 'moving house');
INSERT INTO purser.outbox (channel, kind, dedup_key, subject, text, state) VALUES ('ops', 'note', 'one', 'Hello', 'to you', 'sent');
