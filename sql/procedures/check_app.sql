DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the schema of a shop and raises an error that names the tables and columns it lacks. Used by map_app'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_missing TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SET p_name = (SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
                 WHERE SCHEMA_NAME = p_schema
                    OR (@@lower_case_table_names <> 0 AND LOWER(SCHEMA_NAME) = LOWER(p_schema))
                 LIMIT 1);
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_schema: there is no schema ', COALESCE(CONCAT('''', p_schema, ''''), 'NULL'),
      ', or this account sees nothing of it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF LOWER(p_name) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET v_why = CONCAT('p_schema: ', p_name, ' is not the schema of a shop');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  FOR need IN (
    SELECT n.tab, n.col, t.TABLE_NAME IS NULL AS no_table
      FROM JSON_TABLE('[{"t":"orders","c":["id","provider","external_tx_ref","total_amount","total_amount_gbp","currency","status","payment_status","created_at"]},
                        {"t":"order_items","c":["order_id","gadget_id","variant_id","item_type","storage","quantity","unit_price","unit_price_gbp","total_price","total_price_gbp"]},
                        {"t":"gadgets","c":["id","stock_quantity","in_stock"]},
                        {"t":"users","c":["id","subscription_status","subscription_active","subscription_renewal_date"]},
                        {"t":"installment_plans","c":["order_id"]}]',
             '$[*]' COLUMNS (
               at FOR ORDINALITY,
               tab VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.t',
               NESTED PATH '$.c[*]' COLUMNS (
                 pos FOR ORDINALITY,
                 col VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$'))) AS n
      LEFT JOIN information_schema.TABLES AS t ON t.TABLE_SCHEMA = p_name AND t.TABLE_NAME = n.tab
      LEFT JOIN information_schema.COLUMNS AS c
        ON c.TABLE_SCHEMA = p_name AND c.TABLE_NAME = n.tab AND c.COLUMN_NAME = n.col
     WHERE c.COLUMN_NAME IS NULL AND (t.TABLE_NAME IS NOT NULL OR n.pos = 1)
     ORDER BY n.at, n.pos)
  DO
    SET v_missing = CONCAT(v_missing, IF(v_missing = '', '', ', '),
      IF(need.no_table, CONCAT('table ', need.tab), CONCAT('column ', need.tab, '.', need.col)));
  END FOR;
  IF v_missing <> '' THEN
    SET v_why = LEFT(CONCAT('Schema ''', p_name, ''' lacks, or hides from this account: ', v_missing), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
