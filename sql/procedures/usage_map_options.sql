DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_options(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads p_options into names and types as the table has them, or an error. Used by map_usage'
BEGIN
  DECLARE v_keys, v_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_client, v_amount, v_moment, v_reference, v_currency, v_type, v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_options), FALSE) OR JSON_TYPE(p_options) <> 'OBJECT' OR CHAR_LENGTH(p_options) > 16384 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_options must be a JSON object, as {"client_id": "merchant_id", "amount": "total", "occurred_at": "paid_at", "reference": "id"}';
  END IF;
  SET v_keys = JSON_KEYS(p_options);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
    IF v_key NOT IN ('client_id', 'amount', 'occurred_at', 'reference', 'currency', 'where', 'time_zone') THEN
      SET v_why = LEFT(CONCAT('p_options: there is no "', LEFT(v_key, 64),
        '"; there are client_id, amount, occurred_at, reference, currency, where, time_zone'), 512);
    ELSEIF v_key <> 'where' AND JSON_TYPE(JSON_EXTRACT(p_options, CONCAT('$.', v_key))) NOT IN ('STRING', 'NULL') THEN
      SET v_why = CONCAT('p_options: "', v_key, '" must be a text');
    END IF;
    SET i = i + 1;
  END WHILE;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'client_id', JSON_VALUE(p_options, '$.client_id'),
    'tinyint,smallint,mediumint,int,bigint', 'the number of the client, clients.id, is needed', v_client, v_type);
  IF NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS
                  WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND COLUMN_NAME = v_client AND SEQ_IN_INDEX = 1) THEN
    SET v_why = LEFT(CONCAT('p_table: no index of ', p_table, ' begins with ', v_client, ', and a client could not be counted anew without reading all: ',
      'CREATE INDEX … ON ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' (', purser.constraint_quoted(v_client), ') first'), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'amount', JSON_VALUE(p_options, '$.amount'),
    'decimal,tinyint,smallint,mediumint,int,bigint', 'money has to be exact, a DECIMAL or a whole number', v_amount, v_type);
  CALL purser.usage_map_column(p_schema, p_table, 'reference', JSON_VALUE(p_options, '$.reference'),
    'char,varchar,enum,tinyint,smallint,mediumint,int,bigint,decimal,uuid', 'a text or a number is needed', v_reference, v_type);
  IF JSON_VALUE(p_options, '$.currency') IS NOT NULL THEN
    CALL purser.usage_map_column(p_schema, p_table, 'currency', JSON_VALUE(p_options, '$.currency'),
      'char,varchar,enum', 'a text is needed, as GBP', v_currency, v_type);
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'occurred_at', JSON_VALUE(p_options, '$.occurred_at'),
    'datetime,timestamp,date', 'a DATETIME, a TIMESTAMP or a DATE is needed', v_moment, v_type);
  CALL purser.usage_map_zone(JSON_VALUE(p_options, '$.time_zone'), v_type, v_zone);
  CALL purser.usage_map_where(p_schema, p_table, JSON_EXTRACT(p_options, '$.where'), v_where);
  SET p_spec = JSON_OBJECT('client_id', v_client, 'amount', v_amount, 'occurred_at', v_moment, 'reference', v_reference,
    'currency', v_currency, 'time_zone', v_zone, 'where', JSON_EXTRACT(v_where, '$'));
END//
DELIMITER ;
