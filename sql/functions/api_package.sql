-- An upgrade is one that switch_package would allow: offered, and in the same currency. Why an override was given is not told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_package(p_client BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a client''s package, as JSON'
BEGIN
  DECLARE v_upgrade LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'null';

  FOR u IN (SELECT n.name, n.description, n.price, n.currency, n.volume_limit, n.transaction_limit
              FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package
              JOIN purser.packages AS n ON n.position > p.position AND n.offered AND n.currency = p.currency
             WHERE c.id = p_client ORDER BY n.position LIMIT 1)
  DO
    SET v_upgrade = CONCAT('{"name":', JSON_QUOTE(u.name), ',"description":', JSON_QUOTE(u.description),
      ',"price":', purser.api_money_json(u.price), ',"currency":', JSON_QUOTE(u.currency),
      ',"volume_limit":', purser.api_money_json(u.volume_limit), ',"transaction_limit":', COALESCE(u.transaction_limit, 'null'), '}');
  END FOR;
  FOR l IN (SELECT p.name, p.description, l.price, l.currency, l.volume_limit, l.transaction_limit, o.id AS override, o.price AS o_price,
                   o.volume_limit AS o_volume, o.transaction_limit AS o_transactions, o.starts_at, o.ends_at
              FROM purser.client_limits AS l
              JOIN purser.packages AS p ON p.name = l.package
              LEFT JOIN purser.pricing_overrides AS o ON o.id = l.override_id
             WHERE l.client_id = p_client)
  DO
    RETURN CONCAT('{"name":', JSON_QUOTE(l.name), ',"description":', JSON_QUOTE(l.description),
      ',"price":', purser.api_money_json(l.price), ',"currency":', JSON_QUOTE(l.currency),
      ',"volume_limit":', purser.api_money_json(l.volume_limit), ',"transaction_limit":', COALESCE(l.transaction_limit, 'null'),
      ',"override":', IF(l.override IS NULL, 'null', CONCAT(
        '{"price":', purser.api_money_json(l.o_price), ',"volume_limit":', purser.api_money_json(l.o_volume),
        ',"transaction_limit":', COALESCE(l.o_transactions, 'null'), ',"from":', purser.api_moment_json(l.starts_at),
        ',"until":', purser.api_moment_json(NULLIF(l.ends_at, '9999-12-31 00:00:00')), '}')),
      ',"upgrade":', v_upgrade, '}');
  END FOR;
  RETURN NULL;
END//
DELIMITER ;
