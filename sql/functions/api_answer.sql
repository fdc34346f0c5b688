DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_answer(
  p_client BIGINT UNSIGNED,
  p_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: the answer of an operation, as JSON; its parameters are good already'
BEGIN
  DECLARE v_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_parameters, '$.cursor');
  DECLARE v_limit INT UNSIGNED DEFAULT COALESCE(JSON_VALUE(p_parameters, '$.limit'), IF(p_operation = 'usage_history', 12, 50));
  DECLARE v_date DATE DEFAULT JSON_VALUE(p_parameters, '$.date');

  CASE p_operation
    WHEN 'usage' THEN RETURN purser.api_usage(p_client);
    WHEN 'usage_history' THEN RETURN purser.api_usage_history(p_client, v_limit, v_cursor);
    WHEN 'package' THEN RETURN purser.api_package(p_client);
    WHEN 'transactions' THEN RETURN purser.api_transactions(p_client, v_limit, v_cursor,
      purser.api_moment(JSON_VALUE(p_parameters, '$.from')), purser.api_moment(JSON_VALUE(p_parameters, '$.to')));
    WHEN 'reconciliation' THEN RETURN purser.api_reconciliation(p_client, v_date,
      COALESCE(purser.api_moment(JSON_VALUE(p_parameters, '$.day_starts_at')), purser.api_day_starts_at(v_date)),
      COALESCE(purser.api_moment(JSON_VALUE(p_parameters, '$.day_ends_at')), purser.api_day_starts_at(v_date + INTERVAL 1 DAY)));
    WHEN 'checkpoint' THEN RETURN purser.api_checkpoint();
    ELSE RETURN NULL;
  END CASE;
END//
DELIMITER ;
