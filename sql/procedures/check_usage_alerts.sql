DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_usage_alerts()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Looks at the usage of the clients and writes the alerts and mails that follow; the worker does it by itself'
BEGIN
  DECLARE v_looked, v_alerts, v_clients, v_owed BIGINT DEFAULT 0;

  SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR CALL purser.usage_check(NULL, v_looked, v_alerts);
  -- SELECT … INTO, as SET would lock each of them.
  SELECT COUNT(*) INTO v_clients FROM purser.clients FORCE INDEX (by_package) WHERE status = 'active';
  SET v_owed = purser.usage_owed();
  SELECT CONCAT('Usage alerts checked for ', v_clients, ' clients, ', v_alerts, ' alerts sent') AS message,
         IF(v_owed = 0, '', CONCAT(v_owed, ' of this month are recorded and not sent: set usage_channel in purser.settings to a',
           ' channel of kind mail in purser.alert_channels')) AS note;
END//
DELIMITER ;
