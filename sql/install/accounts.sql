-- purser: the account of the worker. The plugin gives it a new random password at each start, on this
-- server alone; until then nobody can log in with it. An existing account keeps its password.
-- purser_api: the client API's, in the same way; it may call three procedures.
-- purser_definer: owns the definer routines; locked, nobody ever logs in with it.
DELIMITER //
BEGIN NOT ATOMIC
  -- A password validation plugin with strict_password_validation refuses a hash (1290), and an empty
  -- password (1819): then the accounts start with a random password that nobody is told.
  DECLARE EXIT HANDLER FOR 1290, 1819
  BEGIN
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))));
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser_api`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))));
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser_definer`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))), ' ACCOUNT LOCK');
  END;
  CREATE USER IF NOT EXISTS `purser`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid';
  CREATE USER IF NOT EXISTS `purser_api`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid';
  CREATE USER IF NOT EXISTS `purser_definer`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
END//
DELIMITER ;
ALTER USER `purser`@`localhost` WITH MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER;
ALTER USER `purser_api`@`localhost` WITH MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER;
ALTER USER `purser_definer`@`localhost` ACCOUNT LOCK PASSWORD EXPIRE NEVER;

CREATE ROLE IF NOT EXISTS purser_app;
CREATE ROLE IF NOT EXISTS purser_reader;
CREATE ROLE IF NOT EXISTS purser_admin;
