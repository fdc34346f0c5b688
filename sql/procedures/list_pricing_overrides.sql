DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_pricing_overrides(
  IN p_client_id BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Prices and limits of one client, or of all (NULL), with their state'
BEGIN
  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  SELECT o.id, o.client_id, c.name, o.price, o.volume_limit, o.transaction_limit, o.currency, o.starts_at,
         NULLIF(o.ends_at, '9999-12-31 00:00:00') AS ends_at,
         CASE WHEN o.ends_at <= UTC_TIMESTAMP(6) THEN 'ended' WHEN o.starts_at > UTC_TIMESTAMP(6) THEN 'to come'
              WHEN o.currency <> p.currency THEN 'other currency' ELSE 'in force' END AS state,
         o.reason, o.created_at, o.created_by
    FROM purser.pricing_overrides AS o
    JOIN purser.clients AS c ON c.id = o.client_id
    JOIN purser.packages AS p ON p.name = c.package
   WHERE p_client_id IS NULL OR o.client_id = p_client_id
   ORDER BY o.client_id, o.starts_at;
END//
DELIMITER ;
