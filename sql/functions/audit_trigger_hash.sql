-- It tells a trigger that somebody has changed.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_hash(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Hash over a trigger as it is; NULL where there is none. Used by audit_enable and audit_status'
BEGIN
  RETURN (SELECT SHA2(CONCAT_WS('\n', t.EVENT_OBJECT_TABLE, t.ACTION_TIMING, t.EVENT_MANIPULATION, t.DEFINER, t.SQL_MODE,
                                t.CHARACTER_SET_CLIENT, t.ACTION_STATEMENT), 256)
            FROM information_schema.TRIGGERS AS t
           WHERE t.TRIGGER_SCHEMA = p_schema AND t.TRIGGER_NAME = p_name);
END//
DELIMITER ;
