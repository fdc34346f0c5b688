-- Nobody knows how much a gateway is about to send: the last complete run of the same day says it
-- best, where there was one.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.reconciliation_progress AS
SELECT r.id, r.gateway, r.business_date, r.phase,
       CASE
         WHEN r.phase = 'queued' THEN 0
         WHEN r.phase <> 'fetch' THEN 100
         ELSE (SELECT LEAST(99, r.fetched * 100 DIV NULLIF(b.fetched, 0))
                 FROM purser.reconciliation_runs AS b
                WHERE b.gateway = r.gateway AND b.business_date = r.business_date
                  AND b.state = 'complete'
                ORDER BY b.id DESC LIMIT 1)
       END AS fetch_percent,
       r.fetched, r.unread, r.internal_records, r.gateway_records, r.matched, r.discrepancies,
       r.attempts, r.requested_by, r.started_at,
       TIMESTAMPDIFF(SECOND, r.started_at, UTC_TIMESTAMP(6)) AS seconds
  FROM purser.reconciliation_runs AS r
 WHERE r.state = 'running';
