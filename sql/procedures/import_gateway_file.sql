-- INVOKER: the file is read with the caller's own FILE privilege, within secure_file_priv.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.import_gateway_file(
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_source LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Imports a merchant''s export: the path of a file on the server, or the rows themselves (JSON, or CSV with its header line)'
BEGIN
  DECLARE v_content LONGBLOB;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF COALESCE(p_source, '') = '' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_source is missing: give the path of a file on the server, or the rows themselves';
  END IF;

  IF LEFT(p_source, 1024) REGEXP '^[[:space:]\\x{FEFF}]*[\\[{]'
     OR LOCATE('\n', p_source) > 0 OR LOCATE('\r', p_source) > 0 THEN
    SET v_content = p_source;
  ELSE
    SET v_content = LOAD_FILE(p_source);
    IF v_content IS NULL THEN
      SET v_why = CONCAT('Cannot read the file ''', LEFT(p_source, 120), '''. Either this account lacks the FILE privilege, or ',
        IF(COALESCE(@@GLOBAL.secure_file_priv, '') = '', '',
           CONCAT('it is not below secure_file_priv (', LEFT(@@GLOBAL.secure_file_priv, 80), '), or ')),
        'it does not exist on the server (the path must be absolute), or not everybody may read it (chmod o+r), or it is larger than max_allowed_packet (',
        @@max_allowed_packet, ' bytes)');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;
  CALL purser.import_gateway_rows(p_gateway, v_content);
END//
DELIMITER ;
