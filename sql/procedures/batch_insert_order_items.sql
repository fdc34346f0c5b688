-- INVOKER: with the caller's own rights on the shop. The order and its gadgets are locked, the gadgets in
-- the order of their ids, so that none of them is deleted meanwhile. No function of purser.so is in a
-- statement that writes: a replica may not have it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_insert_order_items(
  IN p_order_id BIGINT UNSIGNED,
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Inserts the lines of an order, with defaults and checked totals: all or nothing'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_answer, v_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count INT UNSIGNED DEFAULT 0;
  DECLARE v_total, v_total_gbp DECIMAL(30,2) DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_insert_order_items;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_order_id IS NULL OR p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_order_id and p_json must not be NULL';
  END IF;
  SET v_batch = CONVERT(purser_order_items_batch(p_json) USING utf8mb4);
  SET v_items = v_batch;
  IF LEFT(v_batch, 1) = '{' THEN
    SET v_items = purser.batch_items(v_batch);
    SET v_key = JSON_VALUE(v_batch, '$.idempotency_key');
  END IF;
  -- A client that is sent more loses its connection, and does not know that the lines are there.
  IF LENGTH(v_items) + 256 > @@max_allowed_packet THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  END IF;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_insert_order_items;
    SET v_saved = TRUE;
  END IF;
  IF v_key IS NOT NULL THEN
    CALL purser.batch_key('batch_insert_order_items', v_key, CONCAT(p_order_id, ' ', v_batch), v_answer);
  END IF;
  IF v_answer IS NULL THEN
    CALL purser.batch_check_order(p_order_id, v_items);
    INSERT INTO purser.app_order_items (order_id, gadget_id, variant_id, item_type, storage, quantity,
             unit_price, unit_price_gbp, total_price, total_price_gbp)
    SELECT p_order_id, j.gadget_id, j.variant_id, j.item_type, j.storage, j.quantity,
           j.unit_price, j.unit_price_gbp, j.total_price, j.total_price_gbp
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             n FOR ORDINALITY,
             gadget_id BIGINT UNSIGNED PATH '$.gadget_id', variant_id BIGINT UNSIGNED PATH '$.variant_id',
             item_type VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.item_type',
             storage VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.storage',
             quantity INT PATH '$.quantity',
             unit_price DECIMAL(14,2) PATH '$.unit_price', unit_price_gbp DECIMAL(14,2) PATH '$.unit_price_gbp',
             total_price DECIMAL(14,2) PATH '$.total_price', total_price_gbp DECIMAL(14,2) PATH '$.total_price_gbp')) AS j
     ORDER BY j.n;
    SET v_count = ROW_COUNT();
    SELECT COALESCE(SUM(j.total_price), 0), COALESCE(SUM(j.total_price_gbp), 0) INTO v_total, v_total_gbp
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             total_price DECIMAL(14,2) PATH '$.total_price', total_price_gbp DECIMAL(14,2) PATH '$.total_price_gbp')) AS j;
    SET v_summary = CONCAT('{"order_id":', p_order_id, ',"inserted":', v_count,
      ',"total_price":', v_total, ',"total_price_gbp":', v_total_gbp, '}');
    IF v_key IS NOT NULL THEN
      CALL purser.batch_key_done('batch_insert_order_items', v_key, v_summary, v_items);
    END IF;
  ELSE
    SET v_summary = v_answer;
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_insert_order_items;
  END IF;
  SELECT CAST(JSON_VALUE(v_summary, '$.order_id') AS UNSIGNED) AS order_id,
         CAST(JSON_VALUE(v_summary, '$.inserted') AS UNSIGNED) AS inserted,
         CAST(JSON_VALUE(v_summary, '$.total_price') AS DECIMAL(30,2)) AS total_price,
         CAST(JSON_VALUE(v_summary, '$.total_price_gbp') AS DECIMAL(30,2)) AS total_price_gbp,
         v_answer IS NOT NULL AS replayed, v_items AS results;
END//
DELIMITER ;
