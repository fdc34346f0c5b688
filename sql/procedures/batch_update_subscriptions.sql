-- INVOKER: with the caller's own rights on the shop; as batch_update_stock.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_update_subscriptions(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Sets the state of many subscriptions: all or nothing'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_unknown VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'reject';
  DECLARE v_count, v_known, v_updated INT UNSIGNED DEFAULT 0;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_update_subscriptions;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_json is NULL: give a JSON array of {"user_id", "status"}';
  END IF;
  SET v_batch = CONVERT(purser_subscriptions_batch(p_json) USING utf8mb4);
  SET v_items = v_batch;
  IF LEFT(v_batch, 1) = '{' THEN
    SET v_items = purser.batch_items(v_batch);
    SET v_unknown = JSON_VALUE(v_batch, '$.unknown');
  END IF;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_update_subscriptions;
    SET v_saved = TRUE;
  END IF;
  -- asks for the caller's rights to the columns, as in batch_update_stock
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0 FOR
  UPDATE purser.app_users SET subscription_status = subscription_status, subscription_active = subscription_active WHERE FALSE;
  BEGIN
    DECLARE EXIT HANDLER FOR 1260, 1301
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
    SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
    SELECT COUNT(1), COUNT(u.user_id),
           GROUP_CONCAT('{"user_id":', j.id,
             ',"old_status":', COALESCE(JSON_QUOTE(CONVERT(u.subscription_status USING utf8mb4)), 'null'),
             ',"new_status":', IF(u.user_id IS NULL OR j.s IS NULL, 'null', CONCAT('"', j.s, '"')),
             ',"outcome":', CASE WHEN u.user_id IS NULL THEN '"unknown"}'
                                 WHEN CONVERT(u.subscription_status USING utf8mb4) COLLATE utf8mb4_bin <=> j.s
                                      AND u.subscription_active <=> (COALESCE(j.s, '') IN ('active', 'past_due'))
                                 THEN '"unchanged"}'
                                 ELSE '"updated"}' END)
      INTO v_count, v_known, v_results
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             id BIGINT UNSIGNED PATH '$.user_id',
             s VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.status')) AS j
      LEFT JOIN purser.app_users AS u ON u.user_id = j.id
       FOR UPDATE;
    SET v_results = CONCAT('[', COALESCE(v_results, ''), ']');
  END;
  CALL purser.batch_refuse(p_json, v_results, IF(v_unknown = 'reject', v_count - v_known, 0), 0, 0);

  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
  UPDATE JSON_TABLE(v_results, '$[*]' COLUMNS (
           id BIGINT UNSIGNED PATH '$.user_id',
           s VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.new_status',
           o VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
         STRAIGHT_JOIN purser.app_users AS u ON u.user_id = j.id
     SET u.subscription_status = j.s, u.subscription_active = COALESCE(j.s, '') IN ('active', 'past_due')
   WHERE j.o = 'updated';
  SET v_updated = ROW_COUNT();
  IF v_known < v_count THEN
    SET v_ids = purser.batch_unknown(v_results);
  END IF;
  -- as in batch_update_stock
  IF LENGTH(v_results) + LENGTH(v_ids) + 256 > @@max_allowed_packet THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_update_subscriptions;
  END IF;
  SELECT v_count AS items, v_updated AS updated, v_known - v_updated AS unchanged, v_count - v_known AS unknown,
         v_ids AS unknown_ids, v_results AS results;
END//
DELIMITER ;
