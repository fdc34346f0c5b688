DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_view(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the view app_client_usage over a mapped table (NULL: over client_transactions). Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET SESSION sql_mode = '';
  SET v_sql = CONCAT('CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_client_usage AS SELECT ',
    IF(p_schema IS NULL, 'client_id, reference, amount, currency, occurred_at FROM purser.client_transactions',
      CONCAT('t.', purser.constraint_quoted(JSON_VALUE(p_spec, '$.client_id')), ' AS client_id, CONVERT(t.',
        purser.constraint_quoted(JSON_VALUE(p_spec, '$.reference')), ' USING utf8mb4) COLLATE utf8mb4_nopad_bin AS reference, ',
        purser.usage_map_sql(p_spec, 'amount', 't'), ' AS amount, ', purser.usage_map_sql(p_spec, 'currency', 't'), ' AS currency, ',
        purser.usage_map_sql(p_spec, 'occurred_at', 't'), ' AS occurred_at FROM ', purser.constraint_quoted(p_schema), '.',
        purser.constraint_quoted(p_table), ' AS t WHERE ', purser.usage_map_sql(p_spec, 'where', 't'))));
  EXECUTE IMMEDIATE v_sql;
END//
DELIMITER ;
