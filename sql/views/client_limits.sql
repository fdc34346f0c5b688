-- An override counts from its first moment on, and not any more at its last.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER VIEW purser.client_limits AS
SELECT c.id AS client_id, c.package AS package, p.currency AS currency,
       COALESCE(o.price, p.price) AS price,
       COALESCE(o.volume_limit, p.volume_limit) AS volume_limit,
       COALESCE(o.transaction_limit, p.transaction_limit) AS transaction_limit,
       COALESCE(c.thresholds, p.thresholds) AS thresholds,
       COALESCE(c.hard_stop, p.hard_stop) AS hard_stop,
       o.id AS override_id, c.status AS status, c.counter_slots AS counter_slots
  FROM purser.clients AS c
  JOIN purser.packages AS p ON p.name = c.package
  LEFT JOIN purser.pricing_overrides AS o ON o.client_id = c.id AND o.currency = p.currency
   AND o.starts_at <= UTC_TIMESTAMP(6) AND o.ends_at > UTC_TIMESTAMP(6);
