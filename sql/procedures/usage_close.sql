-- The override is the one that is in force at the end of the month: one that ends just then is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_close(
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_after BIGINT UNSIGNED,
  IN p_to BIGINT UNSIGNED,
  IN p_end DATETIME(6),
  OUT p_clients BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Copies what the clients p_after < id <= p_to used in a month into usage_history. Used by reset_monthly_usage'
BEGIN
  DECLARE v_closed DATETIME(6) DEFAULT NULL;
  SET p_clients = 0;
  -- Two sessions that close take turns, and the second finds nothing left.
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT closed_at INTO v_closed FROM purser.usage_months WHERE month = p_month FOR UPDATE;
  IF v_closed IS NULL THEN
    -- It locks clients and packages, which nobody could change meanwhile: it waits for a payment that is not decided no longer
    -- than that, and the caller begins again.
    -- (and for optimizer_switch see docs/internals/style.md, "A call that is interrupted")
    SET STATEMENT innodb_lock_wait_timeout = 1, optimizer_switch = 'split_materialized=off' FOR
    INSERT INTO purser.usage_history (client_id, month, package, volume, transactions, other_currency, volume_limit,
                                      transaction_limit, price, currency, override_id, closed_at)
    SELECT c.id, p_month, c.package, COALESCE(u.volume, 0), COALESCE(u.transactions, 0), COALESCE(u.other_currency, 0),
           COALESCE(o.volume_limit, p.volume_limit), COALESCE(o.transaction_limit, p.transaction_limit),
           COALESCE(o.price, p.price), p.currency, o.id, UTC_TIMESTAMP(6)
      FROM purser.clients AS c
      JOIN purser.packages AS p ON p.name = c.package
      LEFT JOIN purser.pricing_overrides AS o ON o.client_id = c.id AND o.currency = p.currency
       AND o.starts_at < p_end AND o.ends_at >= p_end
      LEFT JOIN (SELECT client_id, SUM(volume) AS volume, SUM(transactions) AS transactions, SUM(other_currency) AS other_currency
                   FROM purser.client_usage FORCE INDEX (by_month)
                  WHERE month = p_month AND client_id > p_after AND client_id <= p_to
                  GROUP BY client_id) AS u ON u.client_id = c.id
     WHERE c.id > p_after AND c.id <= p_to AND (u.client_id IS NOT NULL OR (c.created_at < p_end AND c.status <> 'closed'))
       AND (SELECT COUNT(*) FROM purser.usage_history AS h WHERE h.client_id = c.id AND h.month = p_month) = 0;
    SET p_clients = ROW_COUNT();
  END IF;
END//
DELIMITER ;
