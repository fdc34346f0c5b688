-- Months in UTC until the plugin knows the time zone (purser.usage_calendar); as long as nothing was
-- counted they are made anew. Those that are over are closed: nobody is told of them, and nothing is invoiced.
INSERT IGNORE INTO purser.usage_months (month, starts_at, zone, closed_at)
WITH RECURSIVE m (n) AS (SELECT -24 UNION ALL SELECT n + 1 FROM m WHERE n < 120)
SELECT DATE_FORMAT(starts_at, '%Y-%m'), starts_at, 'UTC', IF(starts_at + INTERVAL 1 MONTH <= UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), NULL)
  FROM (SELECT CAST(DATE_FORMAT(UTC_DATE(), '%Y-%m-01') AS DATE) + INTERVAL n MONTH AS starts_at FROM m) AS s
 WHERE NOT EXISTS (SELECT 1 FROM purser.usage_months);
-- A set that somebody changed stays as it is.
INSERT INTO purser.usage_thresholds (name_of_set, threshold, alert_type)
SELECT 'default', t.threshold, t.alert_type
  FROM (SELECT 80 AS threshold, 'Notice' AS alert_type UNION ALL SELECT 90, 'Warning'
        UNION ALL SELECT 95, 'Critical' UNION ALL SELECT 100, 'Limit Exceeded') AS t
 WHERE NOT EXISTS (SELECT 1 FROM purser.usage_thresholds WHERE name_of_set = 'default');
INSERT INTO purser.usage_locks (client_id, slot)
SELECT c.id, 0 FROM purser.clients AS c LEFT JOIN purser.usage_locks AS l ON l.client_id = c.id WHERE l.client_id IS NULL;
-- The row that overrides meet in (tables/override_lock.sql): of several sessions that all had to make it two would meet in a deadlock.
INSERT IGNORE INTO purser.override_lock (id, changes) VALUES (1, 0);
