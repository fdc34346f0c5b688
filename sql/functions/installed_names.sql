-- The definer sees all of its own; whoever calls sees no more routines than it may call, and no triggers.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.installed_names(
  p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A JSON array of the names of what is in the schema: FUNCTION, PROCEDURE or TRIGGER. Used by selftest'
BEGIN
  DECLARE v_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  FOR r IN (SELECT ROUTINE_NAME AS n FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'purser' AND ROUTINE_TYPE = p_kind
            UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'purser' AND p_kind = 'TRIGGER')
  DO
    SET v_names = JSON_ARRAY_APPEND(v_names, '$', r.n);
  END FOR;
  RETURN v_names;
END//
DELIMITER ;
