-- INVOKER: with the caller's own rights on the shop. The batch is sorted by id, so each statement reads
-- it, and locks the gadgets, in the order of their ids. No function of purser.so is in a statement that
-- writes: a replica may not have it. Of tables with system versioning the rows of now are meant,
-- whatever rows the session looks at (system_versioning_asof).
-- There is no join buffer (join_cache_level): through one MariaDB 11 reads a small table as a whole, and locks
-- all of it.
--
-- A plain batch (quantities of 0 and more, no results asked for) is one statement, which counts the gadgets
-- that it finds in a user variable: what it writes does not depend on that. For any other, a first statement
-- locks the gadgets and says what becomes of each, and a second writes that.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_update_stock(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Sets or changes the stock of many gadgets: all or nothing, never below zero'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_results, v_answer, v_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_policy VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'clamp';
  DECLARE v_unknown VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'reject';
  DECLARE v_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_skip, v_plain, v_all BOOLEAN DEFAULT FALSE;
  DECLARE v_count, v_known, v_below, v_over, v_updated INT UNSIGNED DEFAULT 0;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_update_stock;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_json is NULL: give a JSON array of {"gadget_id", "new_quantity" or "delta"}';
  END IF;
  SET v_items = CONVERT(purser_stock_batch(p_json, 'rows') USING utf8mb4);
  IF p_json NOT LIKE '[%' THEN
    SET v_batch = CONVERT(purser_stock_batch(p_json) USING utf8mb4);
    IF LEFT(v_batch, 1) = '{' THEN
      SET v_policy = JSON_VALUE(v_batch, '$.policy'), v_unknown = JSON_VALUE(v_batch, '$.unknown'),
          v_all = JSON_VALUE(v_batch, '$.results') = 'all', v_key = JSON_VALUE(v_batch, '$.idempotency_key');
    END IF;
  END IF;
  SET v_skip = v_policy = 'skip';
  -- a delta is behind a null, and what is below zero has its sign behind a comma
  SET v_plain = NOT v_all AND LOCATE(',n', CAST(v_items AS BINARY)) = 0
                AND LOCATE(',-', CAST(v_items AS BINARY)) = 0;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_update_stock;
    SET v_saved = TRUE;
  END IF;
  -- Of an UPDATE of several tables the server does not ask for the caller's rights to the columns behind the
  -- view; of this one, which changes nothing, it does.
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0 FOR
  UPDATE purser.app_gadgets SET stock_quantity = stock_quantity, in_stock = in_stock WHERE FALSE;
  IF v_key IS NOT NULL THEN
    CALL purser.batch_key('batch_update_stock', v_key, v_batch, v_answer);
  END IF;
  IF v_answer IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1260, 1301
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
      IF v_plain THEN
        SET @purser_batch_known = 0;
        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
        UPDATE JSON_TABLE(v_items, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$[0]', q INT PATH '$[1]')) AS j
               STRAIGHT_JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           SET g.stock_quantity = j.q, g.in_stock = j.q > 0
         -- only what changes is written, so that ROW_COUNT() is the same for clients that count what was found
         WHERE IF((@purser_batch_known := @purser_batch_known + (g.gadget_id = j.id)) > 0,
                  NOT (g.stock_quantity <=> j.q AND g.in_stock <=> (j.q > 0)), FALSE);
        SET v_updated = ROW_COUNT(), v_known = @purser_batch_known, v_count = JSON_LENGTH(v_items);
        SET @purser_batch_known = NULL, v_results = '[]';
        IF v_known < v_count THEN
          SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
          SELECT CONCAT('[', GROUP_CONCAT('{"gadget_id":', j.id,
                   ',"old_quantity":null,"new_quantity":null,"outcome":"unknown"}'), ']')
            INTO v_results
            FROM JSON_TABLE(v_items, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]')) AS j
            LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           WHERE g.gadget_id IS NULL
            LOCK IN SHARE MODE;
          CALL purser.batch_refuse(p_json, v_results, IF(v_unknown = 'reject', v_count - v_known, 0), 0, 0);
        END IF;
      ELSE
        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
        SELECT COUNT(1), COUNT(g.gadget_id),
               COUNT(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) < 0 AND g.gadget_id IS NOT NULL OR NULL),
               COUNT(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) > 2147483647 OR NULL),
               GROUP_CONCAT('{"gadget_id":', j.id, ',"old_quantity":', COALESCE(g.stock_quantity, 'null'),
                 CASE WHEN g.gadget_id IS NULL THEN ',"new_quantity":null,"outcome":"unknown"}'
                      WHEN COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) < 0
                      THEN IF(v_skip, CONCAT(',"new_quantity":', g.stock_quantity, ',"outcome":"skipped"}'),
                                      ',"new_quantity":0,"outcome":"clamped"}')
                      WHEN COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) > 2147483647
                      THEN ',"new_quantity":null,"outcome":"overflow"}'
                      ELSE CONCAT(',"new_quantity":', COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d),
                        IF(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) = g.stock_quantity
                           AND g.in_stock <=> (g.stock_quantity > 0),
                           ',"outcome":"unchanged"}', ',"outcome":"updated"}')) END)
          INTO v_count, v_known, v_below, v_over, v_results
          FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$[0]', q INT PATH '$[1]', d INT PATH '$[2]')) AS j
          LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           FOR UPDATE;
        SET v_results = CONCAT('[', COALESCE(v_results, ''), ']');
        CALL purser.batch_refuse(p_json, v_results,
          IF(v_unknown = 'reject', v_count - v_known, 0), IF(v_policy = 'reject', v_below, 0), v_over);

        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
        UPDATE JSON_TABLE(v_results, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$.gadget_id', q INT PATH '$.new_quantity',
                 o VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
               STRAIGHT_JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           SET g.stock_quantity = j.q, g.in_stock = j.q > 0
         WHERE j.o IN ('updated', 'clamped') AND NOT (g.stock_quantity <=> j.q AND g.in_stock <=> (j.q > 0));
        SET v_updated = ROW_COUNT();
      END IF;
      IF v_known < v_count THEN
        SET v_ids = purser.batch_unknown(v_results);
      END IF;
      -- A client that is sent more loses its connection, and does not know what has become of its batch.
      IF LENGTH(v_results) + LENGTH(v_ids) + 256 > @@max_allowed_packet THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
      END IF;
    END;
    SET v_summary = CONCAT('{"items":', v_count, ',"updated":', v_updated,
      ',"unchanged":', v_known - v_updated - IF(v_skip, v_below, 0),
      ',"clamped":', IF(v_skip, 0, v_below), ',"skipped":', IF(v_skip, v_below, 0),
      ',"unknown":', v_count - v_known, ',"unknown_ids":', v_ids, '}');
    IF v_key IS NOT NULL THEN
      CALL purser.batch_key_done('batch_update_stock', v_key, v_summary, v_results);
    END IF;
  ELSE
    SET v_summary = v_answer, v_results = JSON_QUERY(v_answer, '$.results');
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_update_stock;
  END IF;
  SELECT CAST(JSON_VALUE(v_summary, '$.items') AS UNSIGNED) AS items,
         CAST(JSON_VALUE(v_summary, '$.updated') AS UNSIGNED) AS updated,
         CAST(JSON_VALUE(v_summary, '$.unchanged') AS UNSIGNED) AS unchanged,
         CAST(JSON_VALUE(v_summary, '$.clamped') AS UNSIGNED) AS clamped,
         CAST(JSON_VALUE(v_summary, '$.skipped') AS UNSIGNED) AS skipped,
         CAST(JSON_VALUE(v_summary, '$.unknown') AS UNSIGNED) AS unknown,
         JSON_QUERY(v_summary, '$.unknown_ids') AS unknown_ids,
         v_answer IS NOT NULL AS replayed, v_results AS results;
END//
DELIMITER ;
