DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_gateways(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the rows of gateways, and the time zones'
BEGIN
  DECLARE v_enabled INT UNSIGNED DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'gateways', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  FOR g IN (SELECT name, adapter, base_url, enabled, settings FROM purser.gateways ORDER BY name) DO
    SET v_enabled = v_enabled + g.enabled;
    SET v_why = CASE
      WHEN g.adapter NOT IN ('paychangu', 'square', 'file')
        THEN CONCAT('adapter ''', g.adapter, ''' is unknown; there are paychangu, square and file')
      WHEN g.adapter <> 'file' AND COALESCE(g.base_url, '') = ''
        THEN CONCAT('the adapter ', g.adapter, ' needs a base_url')
      WHEN COALESCE(JSON_TYPE(g.settings), '') <> 'OBJECT' THEN 'settings is not a JSON object'
    END;
    CALL purser.selftest_add(p_rows, CONCAT('gateway ', LEFT(g.name, 56)), IF(v_why IS NULL, 'ok', 'failed'),
      COALESCE(v_why, CONCAT(g.adapter, IF(g.enabled, ', enabled', ', not enabled'))));
  END FOR;
  IF v_enabled = 0 THEN
    CALL purser.selftest_add(p_rows, 'gateways', 'warning', 'none is enabled: there is nothing to reconcile with');
  END IF;
  SELECT MAX(value) INTO v_why FROM purser.settings WHERE name = 'app_time_zone';
  CALL purser.selftest_zone(p_rows, 'app_time_zone', v_why);
  BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
      CALL purser.selftest_add(p_rows, 'purser_time_zone', 'warning', CONCAT('cannot be read: ', v_why));
    END;
    SELECT CONVERT(purser_setting('time_zone') USING utf8mb4) INTO v_why;
    CALL purser.selftest_zone(p_rows, 'purser_time_zone', v_why);
  END;
END//
DELIMITER ;
