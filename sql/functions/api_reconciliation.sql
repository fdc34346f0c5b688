-- Runs and discrepancies are of all clients together and carry references only. So a discrepancy is a client's where one of its transactions
-- has the reference, and no other client's has: whose it is cannot be told then, and nobody is shown another's payment. Of 20,000 transactions a day and more, 10,000 discrepancies of all, or more than 500 of the client's own, some are not
-- looked at, and "truncated" says so. A mapped table has no index by reference: there the client's transactions of the week around the day are looked at.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_reconciliation(
  p_client BIGINT UNSIGNED,
  p_date DATE,
  p_from DATETIME(6),
  p_to DATETIME(6))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: what the reconciliation of a day (from p_from to before p_to, UTC) says of a client''s transactions, as JSON; NULL where the day has no bounds'
BEGIN
  DECLARE v_mapped BOOLEAN DEFAULT FALSE;
  DECLARE v_runs, v_complete, v_rows, v_looked, v_found BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_count, v_matched BIGINT DEFAULT 0;
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_json, v_piece LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  IF p_from IS NULL OR p_to IS NULL THEN
    RETURN NULL;
  END IF;
  -- SELECT … INTO takes no lock, as a subquery of SET would
  SELECT MAX(p.currency), EXISTS (SELECT 1 FROM purser.settings WHERE name = 'usage_table') INTO v_currency, v_mapped
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  SELECT MAX(zone) INTO v_zone FROM purser.usage_months WHERE month = LEFT(p_date, 7);
  SELECT COUNT(*), COALESCE(SUM(s.state = 'complete'), 0) INTO v_runs, v_complete
    FROM (SELECT STRAIGHT_JOIN r.state,
                 ROW_NUMBER() OVER (PARTITION BY r.gateway ORDER BY r.state = 'running', r.state = 'failed', r.id DESC) AS place
            FROM purser.gateways AS g
            JOIN purser.reconciliation_runs AS r FORCE INDEX (by_day) ON r.gateway = g.name AND r.business_date = p_date) AS s
   WHERE s.place = 1;

  SELECT COUNT(*), COALESCE(SUM(t.amount >= 0), 0), COALESCE(SUM(IF(COALESCE(t.currency, v_currency) = v_currency, t.amount, 0)), 0),
         COALESCE(SUM(t.amount >= 0 AND EXISTS (
           SELECT STRAIGHT_JOIN 1 FROM purser.gateways AS g
             JOIN purser.gateway_transactions AS x FORCE INDEX (by_ref) ON x.gateway = g.name AND x.transaction_ref = t.reference
            WHERE x.kind = 'payment' AND x.status <> 'not_found')), 0)
    INTO v_rows, v_count, v_volume, v_matched
    -- the view first, here and below: see docs/internals/style.md, "A call that is interrupted"
    FROM ((SELECT COALESCE(m.reference, '') AS reference, m.amount, m.currency FROM purser.app_client_usage AS m
            -- BETWEEN: see api_transactions
            WHERE v_mapped AND m.client_id BETWEEN p_client AND p_client AND m.occurred_at >= p_from AND m.occurred_at < p_to AND m.amount IS NOT NULL
            ORDER BY m.client_id DESC, m.occurred_at DESC LIMIT 20000)
          UNION ALL
          (SELECT c.reference, c.amount, c.currency FROM purser.client_transactions AS c FORCE INDEX (by_client)
            WHERE NOT v_mapped AND c.client_id = p_client AND c.occurred_at >= p_from AND c.occurred_at < p_to
            ORDER BY c.occurred_at DESC, c.reference DESC LIMIT 20000)) AS t;

  FOR d IN (
    SELECT f.type, f.transaction_ref, f.gateway, f.internal_amount, f.gateway_amount, COALESCE(NULLIF(f.currency, ''), NULLIF(f.gateway_currency, '')) AS currency, f.state, f.detected_at
      FROM ((SELECT STRAIGHT_JOIN d.id, d.type, d.transaction_ref, d.gateway, d.internal_amount, d.gateway_amount, d.currency, d.gateway_currency, d.state, d.detected_at
               FROM (SELECT DISTINCT s.reference
                       FROM (SELECT m.reference FROM purser.app_client_usage AS m
                              WHERE v_mapped AND m.client_id BETWEEN p_client AND p_client AND m.occurred_at >= p_from - INTERVAL 3 DAY
                                AND m.occurred_at < p_to + INTERVAL 3 DAY AND m.reference <> '' LIMIT 20000) AS s) AS t
               JOIN purser.gateways AS g
               JOIN purser.discrepancies AS d FORCE INDEX (one_finding)
                 ON d.gateway = g.name AND d.transaction_ref = t.reference AND d.business_date = p_date AND d.holds
              WHERE v_mapped ORDER BY d.id LIMIT 501)
            UNION ALL
            (SELECT STRAIGHT_JOIN d.id, d.type, d.transaction_ref, d.gateway, d.internal_amount, d.gateway_amount, d.currency, d.gateway_currency, d.state, d.detected_at
               FROM (SELECT STRAIGHT_JOIN e.* FROM purser.gateways AS g
                       JOIN purser.discrepancies AS e FORCE INDEX (by_day)
                         ON e.gateway = g.name AND e.business_date = p_date AND e.holds
                      WHERE NOT v_mapped LIMIT 10000) AS d
               JOIN purser.client_transactions AS c FORCE INDEX (one_reference) ON c.client_id = p_client AND c.reference = d.transaction_ref
              WHERE NOT v_mapped
                AND (SELECT 1 FROM purser.client_transactions AS o FORCE INDEX (one_reference)
                      WHERE o.reference = d.transaction_ref AND o.client_id <> p_client LIMIT 1) IS NULL
              ORDER BY d.id LIMIT 501)) AS f
     ORDER BY f.id)
  DO
    SET v_found = v_found + 1;
    IF v_found <= 500 THEN
      SET v_piece = CONCAT(v_piece, IF(v_found = 1, '', ','),
        '{"type":"', d.type, '","reference":', JSON_QUOTE(d.transaction_ref), ',"gateway":', JSON_QUOTE(d.gateway),
        ',"amount":', purser.api_money_json(d.internal_amount), ',"gateway_amount":', purser.api_money_json(d.gateway_amount),
        ',"currency":', COALESCE(JSON_QUOTE(d.currency), 'null'), ',"state":"', d.state, '","detected_at":', purser.api_moment_json(d.detected_at), '}');
    END IF;
    IF v_found MOD 50 = 0 THEN
      SET v_json = CONCAT(v_json, v_piece), v_piece = '';
    END IF;
  END FOR;
  SELECT STRAIGHT_JOIN COUNT(*) INTO v_looked
    FROM (SELECT 1 FROM purser.gateways AS g
            JOIN purser.discrepancies AS e FORCE INDEX (by_day) ON e.gateway = g.name AND e.business_date = p_date AND e.holds
           WHERE NOT v_mapped LIMIT 10000) AS s;

  RETURN CONCAT('{"date":"', p_date, '","time_zone":',
    COALESCE(JSON_QUOTE(v_zone), 'null'),
    ',"complete":', IF(v_runs > 0 AND v_complete = v_runs, 'true', 'false'),
    ',"transactions":{"count":', v_count, ',"volume":', purser.api_money_json(v_volume), ',"currency":', JSON_QUOTE(v_currency),
    '},"matched":', v_matched, ',"discrepancies":[', v_json, v_piece,
    '],"truncated":', IF(v_rows >= 20000 OR v_found > 500 OR v_looked >= 10000, 'true', 'false'), '}');
END//
DELIMITER ;
