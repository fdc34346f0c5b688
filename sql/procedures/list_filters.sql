DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_filters(
  IN p_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a member is unknown or of another form than it has to be. Used by list_clients'
BEGIN
  DECLARE v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_filters), FALSE) OR JSON_TYPE(p_filters) <> 'OBJECT' OR CHAR_LENGTH(p_filters) > 65535 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_filters must be a JSON object, as {"package": "pro", "usage_above": 80}, or NULL for all';
  END IF;
  SET v_keys = JSON_KEYS(p_filters);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
    IF v_key NOT IN ('package', 'status', 'usage_above', 'usage_below', 'name', 'email', 'external_id', 'sort', 'limit', 'month') THEN
      SET v_why = LEFT(CONCAT('p_filters: there is no "', LEFT(v_key, 64),
        '"; there are package, status, usage_above, usage_below, name, email, external_id, month, sort, limit'), 512);
    ELSEIF JSON_TYPE(JSON_EXTRACT(p_filters, CONCAT('$.', v_key))) NOT IN ('STRING', 'INTEGER', 'DOUBLE', 'NULL') THEN
      SET v_why = CONCAT('p_filters: "', v_key, '" must be a text or a number');
    END IF;
    SET i = i + 1;
  END WHILE;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.list_filter('status', JSON_VALUE(p_filters, '$.status'), '^(active|suspended|closed)$', 'active, suspended or closed');
  CALL purser.list_filter('usage_above', JSON_VALUE(p_filters, '$.usage_above'), '^[0-9]{1,7}([.][0-9]{1,4})?$', 'a number of percent');
  CALL purser.list_filter('usage_below', JSON_VALUE(p_filters, '$.usage_below'), '^[0-9]{1,7}([.][0-9]{1,4})?$', 'a number of percent');
  CALL purser.list_filter('sort', JSON_VALUE(p_filters, '$.sort'), '^-?(id|name|usage|volume|transactions)$',
    'id, name, usage, volume or transactions, with - in front for the largest first');
  CALL purser.list_filter('limit', JSON_VALUE(p_filters, '$.limit'), '^[1-9][0-9]{0,17}$', 'a number of rows from 1 on');
  CALL purser.list_filter('month', JSON_VALUE(p_filters, '$.month'), '^[0-9]{4}-(0[1-9]|1[0-2])$', 'a month, as 2025-07');
END//
DELIMITER ;
