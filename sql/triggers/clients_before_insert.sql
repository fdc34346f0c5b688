DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_before_insert
  BEFORE INSERT ON purser.clients FOR EACH ROW
CALL purser.usage_need_set(COALESCE(NEW.thresholds, 'default'))//
DELIMITER ;
