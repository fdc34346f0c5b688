-- The triggers of audited tables, which would refuse each write without the definer and the library.
-- audit_tables keeps what was audited: after a new install.sql call purser.audit_enable again.
DELIMITER //
BEGIN NOT ATOMIC
  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_NAME LIKE 'purser\_audit\_%') DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(t.s, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;
