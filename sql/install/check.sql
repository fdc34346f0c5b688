-- Whether this file may touch this server at all. Where it may not, the session is made read-only
-- before the error, so that nothing is changed even where the client goes on (--force, source).
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE v_version INT UNSIGNED DEFAULT NULL;
  DECLARE v_server INT UNSIGNED DEFAULT
    CAST(SUBSTRING_INDEX(VERSION(), '.', 1) AS UNSIGNED) * 100
    + CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', 2), '.', -1) AS UNSIGNED);
  DECLARE v_why TEXT DEFAULT NULL;

  IF v_server < 1011 THEN
    SET v_why = CONCAT('Purser needs MariaDB 10.11 or later; this server is ', VERSION());
  ELSEIF NOT EXISTS (SELECT 1 FROM information_schema.SYSTEM_VARIABLES
                      WHERE VARIABLE_NAME = 'INNODB_SNAPSHOT_ISOLATION') THEN
    SET v_why = CONCAT('Purser needs InnoDB with the variable innodb_snapshot_isolation, as MariaDB 10.11.8, 11.4.2 and all later',
      ' releases have it; this server is ', VERSION());
  ELSEIF (SELECT CAST(GLOBAL_VALUE AS UNSIGNED) FROM information_schema.SYSTEM_VARIABLES
           WHERE VARIABLE_NAME = 'INNODB_PAGE_SIZE') < 16384 THEN
    SET v_why = 'The keys of Purser''s tables need an innodb_page_size of 16k or more; this server has a smaller one. Nothing was changed';
  ELSEIF @@SESSION.enforce_storage_engine <> 'InnoDB' THEN
    SET v_why = CONCAT('Purser''s tables are of InnoDB, and enforce_storage_engine is ', @@SESSION.enforce_storage_engine,
      ': give this file to mariadb --init-command=''SET SESSION enforce_storage_engine = NULL''. Nothing was changed');
  ELSEIF EXISTS (SELECT 1 FROM information_schema.TABLES
                  WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'schema_version') THEN
    SELECT MAX(version) INTO v_version FROM purser.schema_version;
    IF v_version > @SCHEMA_VERSION@ THEN
      SET v_why = CONCAT('The schema purser has version ', v_version, ', newer than this installer (',
        @SCHEMA_VERSION@, ', of release @RELEASE@): use the install.sql of that release. Nothing was changed');
    END IF;
  ELSEIF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser') THEN
    SET v_why = 'There is a schema purser with tables that are not Purser''s (no schema_version among them). Nothing was changed';
  END IF;

  IF v_why IS NOT NULL THEN
    SET SESSION tx_read_only = ON;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
