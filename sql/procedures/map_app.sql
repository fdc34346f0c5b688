-- INVOKER: whoever maps a shop needs the rights to make the views and to grant on its tables.
-- The worker is granted just the columns that the views show: no e-mail address, no password hash.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.map_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the views app_payments, app_orders, app_gadgets, app_order_items and app_users over the tables of a shop'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_quoted VARCHAR(132) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_former VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_ref_kind, v_updated_at BOOLEAN;

  CALL purser.check_app(p_schema, v_schema);
  SET v_quoted = CONCAT('`', REPLACE(v_schema, '`', '``'), '`');
  SET v_ref_kind = EXISTS (SELECT 1 FROM information_schema.COLUMNS
                            WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'ref_kind');
  SET v_updated_at = EXISTS (SELECT 1 FROM information_schema.COLUMNS
                              WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'updated_at');

  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_payments AS SELECT ',
    'o.id AS order_id, o.provider AS gateway, o.external_tx_ref AS transaction_ref, ',
    IF(v_ref_kind, 'o.ref_kind', '''checkout'''), ' AS ref_kind, ',
    'IF(o.currency = ''GBP'', o.total_amount_gbp, o.total_amount) AS amount, o.currency AS currency, ',
    'o.payment_status AS status, o.created_at AS created_at FROM ', v_quoted, '.orders AS o');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_orders AS SELECT ',
    'o.id AS order_id, o.status AS status, o.created_at AS created_at, ',
    IF(v_updated_at, 'o.updated_at', 'o.created_at'), ' AS updated_at FROM ', v_quoted, '.orders AS o');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_gadgets AS SELECT ',
    'g.id AS gadget_id, g.stock_quantity AS stock_quantity, g.in_stock AS in_stock FROM ',
    v_quoted, '.gadgets AS g');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_order_items AS SELECT ',
    'i.order_id AS order_id, i.gadget_id AS gadget_id, i.variant_id AS variant_id, i.item_type AS item_type, ',
    'i.storage AS storage, i.quantity AS quantity, i.unit_price AS unit_price, i.unit_price_gbp AS unit_price_gbp, ',
    'i.total_price AS total_price, i.total_price_gbp AS total_price_gbp FROM ', v_quoted, '.order_items AS i');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_users AS SELECT ',
    'u.id AS user_id, u.subscription_status AS subscription_status, ',
    'u.subscription_active AS subscription_active, ',
    'u.subscription_renewal_date AS subscription_renewal_date FROM ', v_quoted, '.users AS u');

  -- Whoever has the role uses the views with rights of their own on the shop's tables.
  GRANT SELECT ON purser.app_payments TO purser_app;
  GRANT SELECT ON purser.app_orders TO purser_app;
  GRANT SELECT, UPDATE (stock_quantity, in_stock) ON purser.app_gadgets TO purser_app;
  GRANT SELECT, INSERT ON purser.app_order_items TO purser_app;
  GRANT SELECT, UPDATE (subscription_status, subscription_active) ON purser.app_users TO purser_app;

  SET v_former = (SELECT value FROM purser.settings WHERE name = 'app_schema');
  IF v_former <> v_schema THEN
    CALL purser.revoke_app(v_former);
  END IF;
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, provider, external_tx_ref, ', IF(v_ref_kind, 'ref_kind, ', ''),
    IF(v_updated_at, 'updated_at, ', ''),
    'total_amount, total_amount_gbp, currency, status, payment_status, created_at) ON ', v_quoted,
    '.orders TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, stock_quantity, in_stock) ON ', v_quoted,
    '.gadgets TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (order_id, gadget_id, variant_id, item_type, storage, quantity, ',
    'unit_price, unit_price_gbp, total_price, total_price_gbp) ON ', v_quoted,
    '.order_items TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, subscription_status, subscription_active, ',
    'subscription_renewal_date) ON ', v_quoted, '.users TO `purser`@`localhost`');

  INSERT INTO purser.settings (name, value) VALUES ('app_schema', v_schema)
  ON DUPLICATE KEY UPDATE value = VALUES(value);
  -- The views and grants are committed already; without autocommit this row would be lost alone.
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;
