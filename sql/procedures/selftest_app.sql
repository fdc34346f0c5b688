DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_app(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the mapped shop, its views, indexes and the worker''s rights in it'
this: BEGIN
  DECLARE v_schema VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_created VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'mapped shop', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  SELECT MAX(value) INTO v_schema FROM purser.settings WHERE name = 'app_schema';
  IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments') THEN
    CALL purser.selftest_add(p_rows, 'mapped shop', 'warning', 'none; run CALL purser.map_app(''schema of the shop'')');
    LEAVE this;
  END IF;
  CALL purser.selftest_missing(p_rows, 'columns of app_payments',
    '["order_id","gateway","transaction_ref","ref_kind","amount","currency","status","created_at"]',
    (SELECT JSON_ARRAYAGG(COLUMN_NAME) FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments'),
    'make the view as docs/operations.md, A shop of another shape, shows it');
  SET v_created = (SELECT DATA_TYPE FROM information_schema.COLUMNS
                    WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments' AND COLUMN_NAME = 'created_at');
  IF v_created NOT IN ('datetime', 'timestamp') THEN
    CALL purser.selftest_add(p_rows, 'type of app_payments.created_at', 'failed',
      CONCAT('it is a ', v_created, ': a day is found by DATETIME or TIMESTAMP only'));
  END IF;
  CALL purser.selftest_add(p_rows, 'mapped shop', 'ok', COALESCE(v_schema, 'none; the view app_payments was made by hand'));
  IF v_schema IS NULL THEN
    LEAVE this;
  END IF;

  FOR v IN (SELECT j.name
              FROM JSON_TABLE('["app_payments","app_orders","app_gadgets","app_order_items","app_users"]', '$[*]' COLUMNS (
                name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
        -- Who sees the shop's tables and cannot read the view has found a view that is wrong.
        IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders') THEN
          CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'failed',
            CONCAT(v_why, '; run CALL purser.map_app(', QUOTE(v_schema), ')'));
        ELSE
          CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'warning',
            CONCAT('cannot be checked by this account, which sees nothing of ', QUOTE(v_schema)));
        END IF;
      END;
      -- INTO, so that nothing goes to the client; the variable keeps nothing
      EXECUTE IMMEDIATE CONCAT('SELECT MAX(1) INTO @purser_selftest FROM purser.', v.name, ' WHERE 1 = 0');
      CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'ok', 'readable');
    END;
  END FOR;
  CALL purser.selftest_worker_access(p_rows, v_schema);

  FOR x IN (SELECT j.col,
                   EXISTS (SELECT 1 FROM information_schema.STATISTICS
                            WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders'
                              AND SEQ_IN_INDEX = 1 AND COLUMN_NAME = j.col) AS indexed
              FROM JSON_TABLE('["external_tx_ref","created_at"]', '$[*]' COLUMNS (
                col VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    CALL purser.selftest_add(p_rows, CONCAT('index on orders.', x.col), IF(x.indexed, 'ok', 'warning'),
      IF(x.indexed, 'there', 'none begins with this column, or none is visible to this account: every look-up reads the whole table'));
  END FOR;
  FOR x IN (SELECT t.TABLE_NAME AS tab, t.ENGINE AS engine
              FROM information_schema.TABLES AS t
              LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE
             WHERE t.TABLE_SCHEMA = v_schema AND t.TABLE_NAME IN ('gadgets', 'orders', 'order_items', 'users')
               AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES'
             ORDER BY t.TABLE_NAME)
  DO
    CALL purser.selftest_add(p_rows, CONCAT('engine of ', x.tab), 'warning', CONCAT('it is ', COALESCE(x.engine, 'not known'),
      ', which has no transactions: a batch that fails may stay half done, and of two at once one can be lost; ALTER TABLE … ENGINE=InnoDB'));
  END FOR;
  SET v_created = (SELECT DATA_TYPE FROM information_schema.COLUMNS
                    WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'created_at');
  IF v_created <> 'datetime' THEN
    CALL purser.selftest_add(p_rows, 'type of orders.created_at', 'warning',
      CONCAT('it is a ', v_created, ', which depends on the session; app_time_zone holds for DATETIME'));
  END IF;
END//
DELIMITER ;
