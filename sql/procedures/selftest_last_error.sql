DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_last_error(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: what Purser complained of last'
BEGIN
  DECLARE v_text TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_text = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'last error', 'warning', CONCAT('cannot be read: ', v_text));
  END;
  SELECT CONVERT(purser_last_error() USING utf8mb4) INTO v_text;
  IF COALESCE(v_text, '') = '' THEN
    CALL purser.selftest_add(p_rows, 'last error', 'ok', 'none');
  ELSE
    CALL purser.selftest_add(p_rows, 'last error', 'warning', v_text);
  END IF;
END//
DELIMITER ;
