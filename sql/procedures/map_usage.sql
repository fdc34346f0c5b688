-- INVOKER: whoever maps a table needs TRIGGER on it, the right to grant on it, to make triggers of another definer and
-- views in purser. Each statement commits.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.map_usage(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Counts the rows of a table of the application, by triggers, in place of purser.client_transactions'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_spec, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_begun BOOLEAN DEFAULT FALSE;
  DECLARE v_wait BIGINT UNSIGNED DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    -- Half of it would count half.
    IF v_begun THEN
      BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
        CALL purser.usage_map_drop();
        COMMIT AND NO CHAIN NO RELEASE;
      END;
    END IF;
    SET SESSION lock_wait_timeout = v_wait;
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  CALL purser.usage_map_table(p_schema, p_table, v_schema, v_table);
  CALL purser.triggers_lock(TRUE);
  CALL purser.usage_map_options(v_schema, v_table, p_options, v_spec);
  SELECT CONCAT('p_table: there is a trigger ', TRIGGER_SCHEMA, '.', TRIGGER_NAME, ' on ''', EVENT_OBJECT_TABLE, ''' that is not Purser''s: rename it') INTO v_why
    FROM information_schema.TRIGGERS
   WHERE TRIGGER_SCHEMA = v_schema AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete')
     AND DEFINER <> 'purser_definer@localhost' LIMIT 1;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- While a trigger waits for a long transaction, every payment waits behind it: not for long (error 1205).
  SET SESSION lock_wait_timeout = LEAST(v_wait, 5);
  -- Whoever may not grant leaves what was mapped before as it is.
  SET v_sql = CONCAT('GRANT SELECT, TRIGGER ON ', purser.constraint_quoted(v_schema), '.', purser.constraint_quoted(v_table),
    ' TO `purser_definer`@`localhost`');
  EXECUTE IMMEDIATE v_sql;
  SELECT MAX(value) INTO v_old FROM purser.settings WHERE name = 'usage_table';
  CALL purser.usage_map_drop();
  SET v_begun = TRUE;
  EXECUTE IMMEDIATE v_sql;
  INSERT INTO purser.settings (name, value) VALUES ('usage_table', JSON_ARRAY(v_schema, v_table));
  CALL purser.usage_map_view(v_schema, v_table, v_spec);
  -- The triggers keep this mode: none of it lets a value that has to be cut fail a payment.
  SET SESSION sql_mode = '';
  FOR e IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    SET v_sql = purser.usage_map_trigger(v_schema, v_table, e.name, v_spec);
    EXECUTE IMMEDIATE v_sql;
  END FOR;
  CALL purser.usage_map_note(v_old, v_spec);
  COMMIT AND NO CHAIN NO RELEASE;
  SET SESSION lock_wait_timeout = v_wait;
  CALL purser.triggers_lock(FALSE);
  SELECT CONCAT(v_schema, '.', v_table) AS counted,
         'What was there before is not counted yet: CALL purser.recount_usage(NULL, NULL)' AS note;
END//
DELIMITER ;
