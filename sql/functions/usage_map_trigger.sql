DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_map_trigger(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_event VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The trigger that counts a mapped table''s INSERT, UPDATE or DELETE'
BEGIN
  DECLARE v_new, v_old, v_same LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_new = CONCAT('IF ', purser.usage_map_sql(p_spec, 'where', 'NEW'), ' THEN CALL purser.usage_count(',
    purser.usage_map_sql(p_spec, 'client_id', 'NEW'), ', ', purser.usage_map_sql(p_spec, 'occurred_at', 'NEW'), ', ',
    purser.usage_map_sql(p_spec, 'amount', 'NEW'), ', ', purser.usage_map_sql(p_spec, 'currency', 'NEW'), ', 1); END IF; ');
  SET v_old = CONCAT('IF ', purser.usage_map_sql(p_spec, 'where', 'OLD'), ' THEN CALL purser.usage_count(',
    purser.usage_map_sql(p_spec, 'client_id', 'OLD'), ', ', purser.usage_map_sql(p_spec, 'occurred_at', 'OLD'), ', ',
    purser.usage_map_sql(p_spec, 'amount', 'OLD'), ', ', purser.usage_map_sql(p_spec, 'currency', 'OLD'), ', -1); END IF; ');
  SET v_same = CONCAT(
    purser.usage_map_sql(p_spec, 'where', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'where', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'client_id', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'client_id', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'amount', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'amount', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'currency', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'currency', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'occurred_at', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'occurred_at', 'NEW'));
  RETURN CONCAT('CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER ', purser.constraint_quoted(p_schema),
    '.purser_usage_', LOWER(p_event), ' AFTER ', p_event, ' ON ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table),
    ' FOR EACH ROW BEGIN ',
    CASE p_event WHEN 'INSERT' THEN v_new WHEN 'DELETE' THEN v_old
      ELSE CONCAT('IF NOT (', v_same, ') THEN ', v_old, v_new, 'END IF; ') END, 'END');
END//
DELIMITER ;
