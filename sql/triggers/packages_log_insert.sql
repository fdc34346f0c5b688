DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_insert
  AFTER INSERT ON purser.packages FOR EACH ROW
CALL purser.admin_note('insert', 'package', NEW.name, NULL, NULL, JSON_OBJECT('name', NEW.name, 'position', NEW.position, 'description', NEW.description, 'volume_limit', NEW.volume_limit, 'transaction_limit', NEW.transaction_limit, 'price', NEW.price, 'currency', NEW.currency, 'thresholds', NEW.thresholds, 'hard_stop', NEW.hard_stop, 'offered', NEW.offered))//
DELIMITER ;
