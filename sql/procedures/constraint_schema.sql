DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_schema(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_gone BOOLEAN,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: finds the schema, NULL is the mapped shop; p_gone: it may be gone'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    COALESCE(p_schema, (SELECT value FROM purser.settings WHERE name = 'app_schema'));

  IF v_schema IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_schema: no shop is mapped; name the schema, or CALL purser.map_app(…) first';
  ELSEIF LOWER(v_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET v_why = CONCAT('p_schema: ', v_schema, ' is not the schema of a shop');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SET p_name = (SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
                 WHERE SCHEMA_NAME = v_schema
                    OR (@@lower_case_table_names <> 0 AND LOWER(SCHEMA_NAME) = LOWER(v_schema))
                 LIMIT 1);
  IF p_name IS NULL AND p_gone AND EXISTS (SELECT 1 FROM purser.constraint_objects WHERE schema_name = v_schema) THEN
    SET p_name = v_schema;
  END IF;
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_schema: there is no schema ', QUOTE(v_schema), ', or this account sees nothing of it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF (SELECT COUNT(*) FROM purser.constraint_rules) > 1000 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.constraint_rules has more than 1000 rows';
  END IF;
END//
DELIMITER ;
