DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_before_insert
  BEFORE INSERT ON purser.client_transactions FOR EACH ROW
SET NEW.currency = purser.client_currency(NEW.client_id, NEW.currency)//
DELIMITER ;
