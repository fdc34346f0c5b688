DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_check(
  IN p_client BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_lock BOOLEAN)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where the client cannot be put on that package. Used by switch_package'
BEGIN
  DECLARE v_offered BOOLEAN DEFAULT NULL;
  DECLARE v_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  SELECT MAX(offered) INTO v_offered FROM purser.packages WHERE name = p_package;
  IF p_lock THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client FOR UPDATE;
  ELSE
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client;
  END IF;
  SET v_why = CASE
    WHEN v_offered IS NULL THEN CONCAT('p_package: there is no package ', COALESCE(CONCAT('''', p_package, ''''), 'NULL'),
      ' in purser.packages: CALL purser.list_packages()')
    WHEN v_package = p_package THEN CONCAT('p_package: client ', p_client, ' has the package ''', p_package, ''' already')
    WHEN NOT v_offered THEN CONCAT('p_package: ''', p_package, ''' is not offered any more (packages.offered)') END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_same_currency(p_client, v_package, p_package);
END//
DELIMITER ;
