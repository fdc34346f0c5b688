DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_delete
  AFTER DELETE ON purser.packages FOR EACH ROW
CALL purser.admin_note('delete', 'package', OLD.name, NULL, JSON_OBJECT('name', OLD.name, 'position', OLD.position, 'description', OLD.description, 'volume_limit', OLD.volume_limit, 'transaction_limit', OLD.transaction_limit, 'price', OLD.price, 'currency', OLD.currency, 'thresholds', OLD.thresholds, 'hard_stop', OLD.hard_stop, 'offered', OLD.offered), NULL)//
DELIMITER ;
