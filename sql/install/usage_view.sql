-- What is counted, until purser.map_usage names another table.
CREATE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER VIEW IF NOT EXISTS purser.app_client_usage AS
SELECT client_id, reference, amount, currency, occurred_at FROM purser.client_transactions;
