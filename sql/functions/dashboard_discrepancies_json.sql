-- Newest by business day, then by id: that is the order of the index.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_discrepancies_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member discrepancies of dashboard_json: those that are open or acknowledged, 10000 counted at most'
BEGIN
  DECLARE v_types, v_newest LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_open BIGINT UNSIGNED DEFAULT 0;

  FOR t IN (
    SELECT o.type, COUNT(*) AS found
      FROM (SELECT u.type
              FROM ((SELECT type FROM purser.discrepancies WHERE state = 'open' ORDER BY business_date DESC LIMIT 10000)
                    UNION ALL
                    (SELECT type FROM purser.discrepancies WHERE state = 'acknowledged' ORDER BY business_date DESC
                      LIMIT 10000)) AS u
             LIMIT 10000) AS o
     GROUP BY o.type
     ORDER BY o.type <> 'PAID_NOT_RECORDED', found DESC, o.type
     LIMIT 1000000) -- see currencies_json
  DO
    SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), '"', t.type, '":', t.found), v_open = v_open + t.found;
  END FOR;

  FOR d IN (
    SELECT u.*
      FROM ((SELECT id, business_date, gateway, type, COALESCE(gateway_amount, internal_amount) AS amount, difference, currency,
                    detected_at
               FROM purser.discrepancies WHERE state = 'open' ORDER BY business_date DESC, id DESC LIMIT 10)
            UNION ALL
            (SELECT id, business_date, gateway, type, COALESCE(gateway_amount, internal_amount) AS amount, difference, currency,
                    detected_at
               FROM purser.discrepancies WHERE state = 'acknowledged' ORDER BY business_date DESC, id DESC LIMIT 10)) AS u
     ORDER BY u.business_date DESC, u.id DESC
     LIMIT 10)
  DO
    SET v_newest = CONCAT(v_newest, IF(v_newest = '', '', ','),
      '{"id":', d.id, ',"date":"', d.business_date, '","gateway":', JSON_QUOTE(d.gateway), ',"type":"', d.type,
      -- money with two to four decimals: of the four that DECIMAL(19,4) prints, zeros go from the last two
      '","amount":', COALESCE(CONCAT('"', LEFT(d.amount, LENGTH(d.amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.amount, 2)), '"'), 'null'),
      ',"difference":', COALESCE(CONCAT('"', LEFT(d.difference, LENGTH(d.difference) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.difference, 2)), '"'), 'null'),
      ',"currency":', JSON_QUOTE(d.currency),
      ',"detected_at":"', DATE_FORMAT(d.detected_at, '%Y-%m-%dT%H:%i:%sZ'), '"}');
  END FOR;
  RETURN CONCAT('{"open":', v_open, ',"more":', IF(v_open >= 10000, 'true', 'false'),
                ',"by_type":{', v_types, '},"newest":[', v_newest, ']}');
END//
DELIMITER ;
