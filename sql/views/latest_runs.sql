CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.latest_runs AS
SELECT r.*
  FROM purser.reconciliation_runs AS r
 WHERE r.state <> 'running'
   AND NOT EXISTS (SELECT 1
                     FROM purser.reconciliation_runs AS later
                    WHERE later.gateway = r.gateway
                      AND later.business_date = r.business_date
                      AND later.state <> 'running'
                      AND later.id > r.id);
