CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.latest_runs AS
SELECT r.id, r.gateway, r.business_date, r.state, r.internal_records, r.gateway_records, r.matched,
       -- as it is now: later runs and people close what this run found
       (SELECT COUNT(*) FROM purser.discrepancies AS d
         WHERE d.gateway = r.gateway AND d.business_date = r.business_date AND d.holds) AS discrepancies,
       r.by_currency, r.error
  FROM purser.reconciliation_runs AS r
 WHERE r.state <> 'running'
   AND NOT EXISTS (SELECT 1
                     FROM purser.reconciliation_runs AS later
                    WHERE later.gateway = r.gateway
                      AND later.business_date = r.business_date
                      AND later.state <> 'running'
                      AND later.id > r.id);
