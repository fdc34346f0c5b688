-- The triggers of a mapped table, which would fail each payment without the procedures they call.
-- After a new install.sql call purser.map_usage again.
DELIMITER //
BEGIN NOT ATOMIC
  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_SCHEMA <> 'purser'
               AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete')) DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(t.s, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;
