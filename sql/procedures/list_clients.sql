DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_clients(
  IN p_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Clients with what they have used in a month; p_filters is a JSON object'
BEGIN
  DECLARE v_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(NULLIF(TRIM(p_filters), ''), '{}');
  DECLARE v_package, v_status, v_name, v_email, v_external, v_sort LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_above, v_below DECIMAL(12,4) DEFAULT NULL;
  DECLARE v_limit BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_closed BOOLEAN DEFAULT FALSE;
  DECLARE v_packages BIGINT;
  DECLARE v_package_is, v_volume_limit, v_transaction_limit, v_order TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  CALL purser.list_filters(v_filters);
  SET v_package = JSON_VALUE(v_filters, '$.package'), v_status = JSON_VALUE(v_filters, '$.status'),
      v_name = LOWER(JSON_VALUE(v_filters, '$.name')), v_email = LOWER(JSON_VALUE(v_filters, '$.email')),
      v_external = JSON_VALUE(v_filters, '$.external_id'), v_above = JSON_VALUE(v_filters, '$.usage_above'),
      v_below = JSON_VALUE(v_filters, '$.usage_below'), v_limit = COALESCE(JSON_VALUE(v_filters, '$.limit'), 18446744073709551615),
      v_sort = COALESCE(JSON_VALUE(v_filters, '$.sort'), 'id'),
      v_month = COALESCE(JSON_VALUE(v_filters, '$.month'), purser.usage_month(UTC_TIMESTAMP(6)));
  SELECT MAX(closed_at IS NOT NULL) INTO v_closed FROM purser.usage_months WHERE month = v_month AND starts_at <= UTC_TIMESTAMP(6);
  SELECT COUNT(*) INTO v_packages FROM purser.packages WHERE name = v_package;
  IF v_month IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.usage_months is empty: CALL purser.usage_calendar()';
  ELSEIF v_closed IS NULL THEN
    SET v_why = CONCAT('p_filters: the month ', v_month, ' has not begun, or is before the first in purser.usage_months');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF v_package IS NOT NULL AND v_packages = 0 THEN
    SET v_why = CONCAT('p_filters: there is no package ''', LEFT(v_package, 64), ''': CALL purser.list_packages()');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- Of a closed month the limits are those of then; a client that has no row of then gets those of now.
  SET v_package_is = IF(v_closed, 'COALESCE(h.package, c.package)', 'c.package'),
      v_volume_limit = IF(v_closed, 'IF(h.client_id IS NULL, COALESCE(o.volume_limit, p.volume_limit), h.volume_limit)', 'COALESCE(o.volume_limit, p.volume_limit)'),
      v_transaction_limit = IF(v_closed, 'IF(h.client_id IS NULL, COALESCE(o.transaction_limit, p.transaction_limit), h.transaction_limit)',
        'COALESCE(o.transaction_limit, p.transaction_limit)'),
      v_order = CONCAT(CASE TRIM(LEADING '-' FROM v_sort) WHEN 'name' THEN 'name' WHEN 'usage' THEN 'usage_percent'
        WHEN 'volume' THEN 'volume' WHEN 'transactions' THEN 'transactions' ELSE 'client_id' END,
        IF(LEFT(v_sort, 1) = '-', ' DESC', ''), IF(v_sort IN ('id', '-id'), '', ', client_id'));

  -- Values come by USING. By id the clients are read in the order of their key, each with its rows by an index, and sent
  -- at once: a join buffer, or tables in another order, would keep a million of them for a sort.
  EXECUTE IMMEDIATE CONCAT(
    'SELECT STRAIGHT_JOIN c.id AS client_id, c.name AS name, c.email AS email, ', v_package_is, ' AS package, c.status AS status, ',
    '? AS month, COALESCE(SUM(u.volume), 0) AS volume, ', v_volume_limit, ' AS volume_limit, ',
    'COALESCE(SUM(u.transactions), 0) AS transactions, ', v_transaction_limit, ' AS transaction_limit, ',
    'CAST(NULLIF(GREATEST(',
    REPLACE(REPLACE('CASE WHEN {l} IS NULL THEN -1 WHEN {u} <= 0 THEN 0 WHEN {l} = 0 THEN 999 WHEN {u} >= {l} * 9999999.0 THEN 999999900 ELSE (({u} * 10000.0) DIV {l}) * 0.01 END', '{u}', 'COALESCE(SUM(u.volume), 0)'), '{l}', v_volume_limit), ', ',
    REPLACE(REPLACE('CASE WHEN {l} IS NULL THEN -1 WHEN {u} <= 0 THEN 0 WHEN {l} = 0 THEN 999 WHEN {u} >= {l} * 9999999.0 THEN 999999900 ELSE (({u} * 10000.0) DIV {l}) * 0.01 END', '{u}', 'COALESCE(SUM(u.transactions), 0)'), '{l}', v_transaction_limit),
    '), -1) AS DECIMAL(12,2)) AS usage_percent, ', IF(v_closed, 'COALESCE(h.currency, p.currency)', 'p.currency'), ' AS currency ',
    'FROM purser.clients AS c ', IF(v_external IS NULL, 'FORCE INDEX FOR GROUP BY (PRIMARY) ', ''),
    'JOIN purser.packages AS p FORCE INDEX (PRIMARY) ON p.name = c.package ',
    'LEFT JOIN purser.pricing_overrides AS o FORCE INDEX (no_overlap) ON o.client_id = c.id AND o.currency = p.currency ',
    'AND o.starts_at <= UTC_TIMESTAMP(6) AND o.ends_at > UTC_TIMESTAMP(6) ',
    IF(v_closed, 'LEFT JOIN purser.usage_history AS h FORCE INDEX (PRIMARY) ON h.client_id = c.id AND h.month = ? ', ''),
    'LEFT JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = c.id AND u.month = ? ',
    'WHERE ', IF(v_closed, '', '? IS NOT NULL AND '), '(? IS NULL OR c.package = ?) AND (? IS NULL OR c.status = ?) AND (? IS NULL OR LOCATE(?, LOWER(c.name)) > 0) ',
    'AND (? IS NULL OR LOWER(c.email) = ?) AND (? IS NULL OR c.external_id = ?) ',
    'GROUP BY c.id HAVING (? IS NULL OR usage_percent > ?) AND (? IS NULL OR usage_percent < ?) ',
    'ORDER BY ', v_order, ' LIMIT ?')
  USING v_month, v_month, v_month, v_package, v_package, v_status, v_status, v_name, v_name, v_email, v_email,
        v_external, v_external, v_above, v_above, v_below, v_below, v_limit;
END//
DELIMITER ;
