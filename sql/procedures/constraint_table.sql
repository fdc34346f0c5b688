-- information_schema alone is not to be trusted while another session changes a table's definition. It skips the
-- table, with a warning (1684; 1205 where it has waited); or, for the moment in which a file has another name, it
-- shows nothing and warns of nothing. So what it says is read by one statement that has the table open as well: no
-- definition changes under it, and that there is no such table is an error of its own.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: the definition of a table as JSON; NULL: there is none; 45001: others have it'
BEGIN
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_at, v_in, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  -- not there, or of a name that none can have
  DECLARE EXIT HANDLER FOR 1146, 1049, 1102, 1103 SET p_live = NULL;
  DECLARE EXIT HANDLER FOR 1684, 1205, 1213
  BEGIN
    SET v_why = CONCAT('another session has the table ', p_table, ' for itself, or changes its definition: call again when it has done');
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = v_why;
  END;

  SET p_live = NULL, @purser_constraint = NULL;
  SET v_at = CONCAT('TABLE_NAME = ', QUOTE(IF(@@lower_case_table_names = 1, LOWER(p_table), p_table))),
      v_in = CONCAT('SCHEMA = ', QUOTE(p_schema), ' AND ');
  SET v_sql = CONCAT('SELECT JSON_OBJECT(''name'', t.TABLE_NAME, ''type'', t.TABLE_TYPE, ''engine'', t.ENGINE, ''options'', t.CREATE_OPTIONS,
    ''columns'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', COLUMN_NAME, ''nullable'', IS_NULLABLE = ''YES'', ''type'', DATA_TYPE,
        ''full'', COLUMN_TYPE, ''cs'', CHARACTER_SET_NAME, ''co'', COLLATION_NAME, ''virtual'', EXTRA LIKE ''VIRTUAL GENERATED%''))
      FROM information_schema.COLUMNS WHERE TABLE_', v_in, v_at, '),
    ''indexes'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', INDEX_NAME, ''seq'', SEQ_IN_INDEX, ''column'', COLUMN_NAME, ''part'', SUB_PART,
        ''many'', NON_UNIQUE, ''nullable'', NULLABLE = ''YES'', ''type'', INDEX_TYPE))
      FROM information_schema.STATISTICS WHERE TABLE_', v_in, v_at, '),
    ''checks'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', CONSTRAINT_NAME, ''level'', LEVEL, ''clause'', CHECK_CLAUSE))
      FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_', v_in, v_at, '),
    ''keys'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', k.CONSTRAINT_NAME, ''column'', k.COLUMN_NAME, ''schema'', k.REFERENCED_TABLE_SCHEMA,
        ''table'', k.REFERENCED_TABLE_NAME, ''ref'', k.REFERENCED_COLUMN_NAME, ''on_delete'', r.DELETE_RULE))
      FROM information_schema.KEY_COLUMN_USAGE AS k
      JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r ON r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
       WHERE k.TABLE_', v_in, 'k.', v_at, ' AND r.CONSTRAINT_', v_in, 'r.', v_at, '))
    INTO @purser_constraint FROM information_schema.TABLES AS t WHERE t.TABLE_', v_in, 't.', v_at,
    ' AND (SELECT 1 FROM ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' LIMIT 0) IS NULL');
  SET STATEMENT lock_wait_timeout = v_seconds, max_error_count = 64, sql_big_selects = 1, group_concat_max_len = 67108864
    FOR EXECUTE IMMEDIATE v_sql;
  SET p_live = CONVERT(@purser_constraint USING utf8mb4), @purser_constraint = NULL;
END//
DELIMITER ;
