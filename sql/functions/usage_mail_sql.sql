DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_mail_sql(
  p_language VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_locale VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_test BOOLEAN)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The query that makes the variables of the templates: of the thresholds (a parameter) whose clients get this language. Used by usage_mail'
BEGIN
  DECLARE v_escape TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(%,''&'',''&amp;''),''<'',''&lt;''),''>'',''&gt;''),''"'',''&quot;''),'''''''',''&#39;'')';
  DECLARE v_locale TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT QUOTE(p_locale);
  DECLARE v_number TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('FORMAT(%, #, ', v_locale, ')');
  DECLARE v_money TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_count TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- FORMAT groups no thousands in French, Spanish and others: then by a space at which no line is broken.
  IF FORMAT(1234567, 0, p_locale) = '1234567' THEN
    SET v_number = CONCAT('REPLACE(REPLACE(FORMAT(%, #, ''en_US''), '','', _utf8mb4 X''C2A0'' COLLATE utf8mb4_nopad_bin), ''.'', ', QUOTE(SUBSTR(FORMAT(0.5, 1, p_locale), 2, 1)), ')');
  END IF;
  SET v_money = REPLACE(v_number, '#', 'r.decimals'), v_count = REPLACE(v_number, '#', '0');

  RETURN CONCAT('SELECT r.n, r.email, CONCAT(''usage:'', r.client_id, '':'', r.month, '':'', r.threshold) AS dedup_key,
    r.client_id, r.name AS client_name, r.alert_type, r.package, r.recommended AS recommended_package, r.measure, r.currency, r.month, ',
    REPLACE(v_escape, '%', 'r.name'), ' AS client_name_html, ', REPLACE(v_escape, '%', 'r.alert_type'), ' AS alert_type_html, ',
    REPLACE(v_escape, '%', 'r.package'), ' AS package_html, ',
    REPLACE(v_escape, '%', 'COALESCE(r.recommended, '''')'), ' AS recommended_package_html,
    FORMAT(r.threshold, IF(r.threshold = FLOOR(r.threshold), 0, 2), ', v_locale, ') AS threshold,
    FORMAT(TRUNCATE(r.percentage, 1), 1, ', v_locale, ') AS usage_percentage, ',
    REPLACE(v_money, '%', 'TRUNCATE(r.volume, r.decimals)'), ' AS current_volume, ',
    'COALESCE(', REPLACE(v_money, '%', 'r.max_volume'), ', '''') AS max_volume, ',
    'COALESCE(', REPLACE(v_money, '%', 'GREATEST(r.max_volume - TRUNCATE(r.volume, r.decimals), 0)'), ', '''') AS remaining_volume, ',
    REPLACE(v_count, '%', 'r.transactions'), ' AS current_transactions, ',
    'COALESCE(', REPLACE(v_count, '%', 'r.max_transactions'), ', '''') AS max_transactions, ',
    'COALESCE(', REPLACE(v_count, '%', 'GREATEST(CAST(r.max_transactions AS DECIMAL(25)) - r.transactions, 0)'), ', '''') AS remaining_transactions, ',
    REPLACE(v_money, '%', 'r.price'), ' AS price, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.price'), ', '''') AS recommended_price, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.price - r.price'), ', '''') AS recommended_difference, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.volume_limit'), ', '''') AS recommended_volume, ',
    'COALESCE(', REPLACE(v_count, '%', 'q.transaction_limit'), ', '''') AS recommended_transactions,
    ', IF(p_test, 'TRUE', 'FALSE'), ' AS is_test, q.name IS NOT NULL AS is_recommended, r.measure = ''volume'' AS is_by_volume,
    r.measure = ''transactions'' AS is_by_transactions, r.threshold >= 100 AS is_limit_reached, r.hard_stop AS is_hard_stop,
    r.max_volume IS NOT NULL AS is_volume_limited, r.max_transactions IS NOT NULL AS is_transactions_limited,
    q.volume_limit IS NOT NULL AS is_recommended_volume_limited, q.transaction_limit IS NOT NULL AS is_recommended_transactions_limited
  FROM (
    SELECT STRAIGHT_JOIN j.*, c.name, c.email, l.price, l.hard_stop, COALESCE(d.decimals, purser.usage_decimals(j.currency)) AS decimals,
           (SELECT o.name FROM purser.packages AS o
             WHERE o.offered AND o.currency = j.currency AND o.position > p.position
               AND (o.volume_limit IS NULL OR j.volume < o.volume_limit * 0.8)
               AND (o.transaction_limit IS NULL OR j.transactions < o.transaction_limit * 0.8)
             ORDER BY o.position LIMIT 1) AS recommended
      FROM JSON_TABLE(?, ''$[*]'' COLUMNS ', '(
           n FOR ORDINALITY,
           client_id BIGINT UNSIGNED PATH ''$[0]'', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[1]'', threshold DECIMAL(5,2) PATH ''$[2]'',
           alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[3]'', percentage DECIMAL(12,2) PATH ''$[4]'', measure VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[5]'',
           volume DECIMAL(25,4) PATH ''$[6]'', max_volume DECIMAL(19,4) PATH ''$[7]'', transactions BIGINT PATH ''$[8]'',
           max_transactions BIGINT UNSIGNED PATH ''$[9]'', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[10]'', package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[11]'',
           covered_by DECIMAL(5,2) PATH ''$[12]'')', ') AS j
      JOIN purser.clients AS c ON c.id = j.client_id
      JOIN purser.packages AS p ON p.name = c.package
      JOIN purser.client_limits AS l ON l.client_id = j.client_id
      LEFT JOIN (SELECT currency, purser.usage_decimals(currency) AS decimals FROM purser.packages GROUP BY currency) AS d ON d.currency = j.currency
     WHERE COALESCE((SELECT MIN(t.language) FROM purser.usage_templates AS t WHERE t.name = ''usage_alert'' AND LOWER(t.language) = LOWER(c.language)),
                    (SELECT MIN(t.language) FROM purser.usage_templates AS t WHERE t.name = ''usage_alert''
                        AND LOWER(t.language) = LOWER(SUBSTRING_INDEX(c.language, ''-'', 1))), ''en'') = ', QUOTE(p_language), '
     LIMIT 1000000) AS r
  LEFT JOIN purser.packages AS q ON q.name = r.recommended');
END//
DELIMITER ;
