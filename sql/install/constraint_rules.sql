-- Once and never again: what a DBA deletes, disables or changes stays so. A later release that ships more
-- rules inserts those under the next number.
DELIMITER //
BEGIN NOT ATOMIC
  IF COALESCE((SELECT CAST(value AS UNSIGNED) FROM purser.settings WHERE name = 'constraint_rules_shipped'), 0) < 1 THEN
    INSERT IGNORE INTO purser.constraint_rules
      (name, kind, table_name, column_names, nulls, expression, ref_table, ref_columns, on_delete, description)
    VALUES
      ('users_email_unique', 'unique', 'users', '["email"]', 'distinct', NULL, NULL, NULL, 'RESTRICT',
       'No two users with one e-mail address'),
      ('users_uid_unique', 'unique', 'users', '["uid"]', 'distinct', NULL, NULL, NULL, 'RESTRICT',
       'No two users with one identifier of the login provider; many may have none'),
      ('order_items_line_unique', 'unique', 'order_items', '["order_id","gadget_id","variant_id","item_type"]', 'equal',
       NULL, NULL, NULL, 'RESTRICT', 'One line of an order for each thing; no variant is a variant, too'),
      ('orders_currency_known', 'check', 'orders', NULL, 'distinct', 'currency IN ({currencies})', NULL, NULL, 'RESTRICT',
       'Currencies of the setting currencies only'),
      ('gadgets_price_not_negative', 'check', 'gadgets', NULL, 'distinct', 'price >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_price_gbp_not_negative', 'check', 'gadgets', NULL, 'distinct', 'price_gbp >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_monthly_price_not_negative', 'check', 'gadgets', NULL, 'distinct', 'monthly_price >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_monthly_price_gbp_not_negative', 'check', 'gadgets', NULL, 'distinct', 'monthly_price_gbp >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_stock_not_negative', 'check', 'gadgets', NULL, 'distinct', 'stock_quantity >= 0', NULL, NULL, 'RESTRICT', ''),
      ('installment_plans_order_exists', 'foreign_key', 'installment_plans', '["order_id"]', 'distinct', NULL,
       'orders', '["id"]', 'CASCADE', 'The order of a plan is there; the plan goes with it');
    INSERT INTO purser.settings (name, value) VALUES ('constraint_rules_shipped', '1')
    ON DUPLICATE KEY UPDATE value = VALUES(value);
  END IF;
END//
DELIMITER ;
