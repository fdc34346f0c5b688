CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.latest_runs AS
SELECT r.id, r.gateway, r.business_date, r.state, r.internal_records, r.gateway_records, r.matched,
       -- as it is now: later runs and people close what this run found
       (SELECT COUNT(*) FROM purser.discrepancies AS d
         WHERE d.gateway = r.gateway AND d.business_date = r.business_date AND d.holds) AS discrepancies,
       r.by_currency, r.error
  FROM purser.reconciliation_runs AS r
 WHERE r.state <> 'running'
   -- a run that failed has concluded nothing: one that has stays the latest
   AND NOT EXISTS (SELECT 1
                     FROM purser.reconciliation_runs AS other
                    WHERE other.gateway = r.gateway
                      AND other.business_date = r.business_date
                      AND other.state <> 'running'
                      AND (other.id > r.id AND (other.state <> 'failed' OR r.state = 'failed')
                           OR r.state = 'failed' AND other.state <> 'failed'));
