DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_check_order(
  IN p_order_id BIGINT UNSIGNED,
  IN p_items LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of batch_insert_order_items: locks the order and the gadgets of its lines; an error where one is not there'
BEGIN
  DECLARE v_there, v_unknown INT UNSIGNED DEFAULT 0;
  DECLARE v_element INT UNSIGNED DEFAULT NULL;
  DECLARE v_ids, v_why TEXT CHARACTER SET utf8mb4;

  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT FOR
  SELECT COUNT(1) INTO v_there FROM purser.app_payments WHERE order_id = p_order_id LOCK IN SHARE MODE;
  IF v_there = 0 THEN
    SET v_why = CONCAT('p_order_id: there is no order ', p_order_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  SELECT MIN(j.n) INTO v_element
    FROM JSON_TABLE(p_items, '$[*]' COLUMNS (n FOR ORDINALITY, order_id BIGINT UNSIGNED PATH '$.order_id')) AS j
   WHERE j.order_id <> p_order_id;
  IF v_element IS NOT NULL THEN
    SET v_why = CONCAT('element ', v_element, ': order_id is not ', p_order_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- Other types (user_gadget) have ids of other tables.
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1048576 FOR
  SELECT COUNT(1), MIN(j.n), GROUP_CONCAT(j.id ORDER BY j.id SEPARATOR ', ' LIMIT 10)
    INTO v_unknown, v_element, v_ids
    FROM (SELECT i.id, MIN(i.n) AS n
            FROM JSON_TABLE(p_items, '$[*]' COLUMNS (
                   n FOR ORDINALITY, id BIGINT UNSIGNED PATH '$.gadget_id',
                   item_type VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.item_type')) AS i
           WHERE i.item_type = 'admin_gadget'
           GROUP BY i.id ORDER BY i.id LIMIT 18446744073709551615) AS j
    LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
   WHERE g.gadget_id IS NULL
    LOCK IN SHARE MODE;
  IF v_unknown > 0 THEN
    SET v_why = CONCAT('element ', v_element, ': there is no such gadget; unknown ids, ', v_unknown, ' in all: ',
      v_ids, IF(v_unknown > 10, ', …', ''));
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
