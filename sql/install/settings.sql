-- Settings that are not there yet get their default; a value that somebody has set stays.
-- (app_schema is written by purser.map_app.)
INSERT IGNORE INTO purser.settings (name, value) VALUES
  ('app_time_zone', 'SYSTEM'),
  ('audit_origin', LEFT(CONCAT(@@hostname, '/purser'), 1024)),
  ('currencies', 'MWK,GBP'),
  ('constraint_lock_seconds', '2'),
  ('constraint_lock_tries', '3'),
  ('constraint_copy', 'yes'),
  ('constraint_hidden', 'yes'),
  ('health_record_minutes', '5'),
  ('health_keep_days', '30'),
  ('health_check_tables_hours', '02-05'),
  ('outbox_keep_days', '30'),
  ('outbox_give_up_days', '7'),
  ('usage_channel', ''),
  ('usage_check_minutes', '5');
