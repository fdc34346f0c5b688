CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.open_discrepancies AS
SELECT id, business_date, gateway, type, state, order_id, transaction_ref, gateway_transaction_id,
       internal_amount, gateway_amount, difference, currency, internal_status, gateway_status,
       detail, detected_at,
       TIMESTAMPDIFF(DAY, detected_at, UTC_TIMESTAMP(6)) AS days_open
  FROM purser.discrepancies
 WHERE state IN ('open', 'acknowledged');
