-- The plugin has refused what it does not know before; this one trusts nobody.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_parameters_why(
  p_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Why the parameters (a JSON object) of an operation of the client API are no good, as "name: sentence"; NULL: they are'
BEGIN
  DECLARE v_known VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE p_operation
    WHEN 'usage_history' THEN 'limit,cursor' WHEN 'transactions' THEN 'limit,cursor,from,to'
    WHEN 'reconciliation' THEN 'date,day_starts_at,day_ends_at' ELSE '' END;
  DECLARE v_most INT DEFAULT IF(p_operation = 'usage_history', 120, 200);
  DECLARE v_keys, v_name, v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_parameters), FALSE) OR JSON_TYPE(p_parameters) <> 'OBJECT' OR LENGTH(p_parameters) > 65536 THEN
    RETURN 'parameters: a JSON object was expected';
  END IF;
  SET v_keys = JSON_KEYS(p_parameters);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_name = COALESCE(JSON_VALUE(v_keys, CONCAT('$[', i, ']')), '');
    IF v_name = '' OR LOCATE(',', v_name) OR NOT FIND_IN_SET(v_name, v_known) THEN
      RETURN CONCAT(LEFT(v_name, 64), ': there is no such parameter here');
    END IF;
    SET v_value = JSON_VALUE(p_parameters, CONCAT('$.', v_name));
    SET v_why = CASE
      WHEN JSON_TYPE(JSON_EXTRACT(p_parameters, CONCAT('$.', v_name))) NOT IN ('STRING', 'INTEGER') THEN 'a text or a number was expected'
      WHEN v_name = 'limit' AND (v_value NOT REGEXP '^[1-9][0-9]{0,2}\\z' OR CAST(LEFT(v_value, 3) AS UNSIGNED) > v_most)
        THEN CONCAT('a whole number from 1 to ', v_most, ' was expected')
      WHEN v_name = 'cursor' AND purser.api_cursor_text(IF(p_operation = 'usage_history', 'h1', 't1'), v_value) IS NULL
        THEN 'it is none that this operation gave as next_cursor'
      WHEN v_name IN ('from', 'to', 'day_starts_at', 'day_ends_at') AND purser.api_moment(v_value) IS NULL
        THEN 'a moment in UTC was expected, as 2026-07-31T09:30:00Z'
      WHEN v_name = 'date' AND NOT (purser.api_is_date(v_value) AND LEFT(v_value, 1) IN ('1', '2')) THEN 'a day was expected, as 2026-07-31' END;
    SET v_why = CONCAT(v_name, ': ', v_why), i = i + 1;
  END WHILE;
  RETURN CASE
    WHEN v_why IS NOT NULL THEN v_why
    WHEN p_operation = 'reconciliation' AND JSON_VALUE(p_parameters, '$.date') IS NULL THEN 'date: it is missing; a day was expected, as 2026-07-31'
    WHEN purser.api_moment(JSON_VALUE(p_parameters, '$.from')) >= purser.api_moment(JSON_VALUE(p_parameters, '$.to'))
      THEN 'from: it must be before "to"' END;
END//
DELIMITER ;
