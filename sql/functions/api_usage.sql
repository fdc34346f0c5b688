-- "allowed" is what purser_usage_allowed would say of the smallest payment. That one locks; this one is a look.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage(p_client BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: what a client has used this month, as JSON'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_other BIGINT DEFAULT 0;
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  -- as usage_month, without its lock
  SELECT COALESCE((SELECT month FROM purser.usage_months WHERE starts_at <= UTC_TIMESTAMP(6) ORDER BY starts_at DESC LIMIT 1), MIN(month))
    INTO v_month FROM (SELECT month FROM purser.usage_months ORDER BY starts_at LIMIT 1) AS first;
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0)
    INTO v_volume, v_transactions, v_other
    FROM purser.client_usage FORCE INDEX (PRIMARY) WHERE client_id = p_client AND month = v_month;
  FOR l IN (SELECT c.name, l.package, l.currency, l.volume_limit, l.transaction_limit, l.thresholds, l.hard_stop, l.status
              FROM purser.client_limits AS l JOIN purser.clients AS c ON c.id = l.client_id WHERE l.client_id = p_client)
  DO
    SET v_json = CONCAT(
      '{"client_id":', p_client, ',"name":', JSON_QUOTE(l.name), ',"month":', COALESCE(JSON_QUOTE(v_month), 'null'),
      ',"package":', JSON_QUOTE(l.package),
      ',"volume":{"used":', purser.api_money_json(v_volume), ',"limit":', purser.api_money_json(l.volume_limit),
      ',"percent":', purser.api_number_json(purser.usage_percent(v_volume, l.volume_limit)),
      '},"transactions":{"used":', v_transactions, ',"limit":', COALESCE(l.transaction_limit, 'null'),
      ',"percent":', purser.api_number_json(purser.usage_percent(v_transactions, l.transaction_limit)),
      '},"other_currency":', v_other, ',"currency":', JSON_QUOTE(l.currency), ',"status":"', l.status,
      '","allowed":', IF(l.status = 'active' AND (NOT l.hard_stop
        OR (COALESCE(v_volume < l.volume_limit, TRUE) AND COALESCE(v_transactions < CAST(l.transaction_limit AS DECIMAL(25)), TRUE))),
        'true', 'false'),
      ',"hard_stop":', IF(l.hard_stop, 'true', 'false'), ',',
      purser.api_usage_told(p_client, v_month, l.thresholds,
        purser.client_percent(v_volume, l.volume_limit, v_transactions, l.transaction_limit)), '}');
  END FOR;
  RETURN v_json;
END//
DELIMITER ;
