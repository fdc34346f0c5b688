DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_schema(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: version, tables, views, routines, triggers'
BEGIN
  DECLARE c_cure VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'run install.sql again';
  BEGIN
    DECLARE v_version INT UNSIGNED DEFAULT NULL;
    DECLARE v_release VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_why TEXT CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
      CALL purser.selftest_add(p_rows, 'schema version', 'failed', CONCAT(v_why, '; ', c_cure));
    END;
    SELECT MAX(version), MAX(release_name) INTO v_version, v_release FROM purser.schema_version;
    IF v_version = @SCHEMA_VERSION@ THEN
      CALL purser.selftest_add(p_rows, 'schema version', 'ok', CONCAT('version ', v_version, ', of release ', v_release));
    ELSE
      CALL purser.selftest_add(p_rows, 'schema version', 'failed',
        CONCAT('version ', COALESCE(v_version, 'unknown'), ' where @SCHEMA_VERSION@ is expected; ', c_cure));
    END IF;
  END;

  CALL purser.selftest_missing(p_rows, 'tables', @TABLES@,
    (SELECT JSON_ARRAYAGG(TABLE_NAME) FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_TYPE = 'BASE TABLE'), c_cure);
  CALL purser.selftest_missing(p_rows, 'views', @VIEWS@,
    (SELECT JSON_ARRAYAGG(TABLE_NAME) FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_TYPE = 'VIEW'), c_cure);
  CALL purser.selftest_missing(p_rows, 'stored functions', @FUNCTIONS@, purser.installed_names('FUNCTION'), c_cure);
  CALL purser.selftest_missing(p_rows, 'procedures', @PROCEDURES@, purser.installed_names('PROCEDURE'), c_cure);
  CALL purser.selftest_missing(p_rows, 'triggers', @TRIGGERS@, purser.installed_names('TRIGGER'), c_cure);
END//
DELIMITER ;
