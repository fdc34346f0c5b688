DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.gateways_json(p_date DATE)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The object gateways of a report: the latest run of each gateway of that day'
BEGIN
  DECLARE v_json, v_types LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR r IN (SELECT * FROM purser.latest_runs WHERE business_date = p_date ORDER BY gateway LIMIT 1000000) DO -- see currencies_json
    SET v_types = '';
    FOR t IN (SELECT type, COUNT(*) AS n
                FROM purser.discrepancies
               WHERE gateway = r.gateway AND business_date = p_date AND holds
               GROUP BY type ORDER BY type LIMIT 1000000)
    DO
      SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), '"', t.type, '":', t.n);
    END FOR;
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(r.gateway),
      ':{"state":"', r.state, '",',
      purser.counts_json('', r.internal_records, r.gateway_records, r.matched, r.discrepancies),
      ',"by_type":{', v_types,
      '},"by_currency":', purser.currencies_json(p_date, r.gateway, ''),
      ',"error":', COALESCE(JSON_QUOTE(r.error), 'null'), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;
