-- What lies in an older currency may be corrected otherwise.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_before_update
  BEFORE UPDATE ON purser.client_transactions FOR EACH ROW
IF NOT (OLD.client_id = NEW.client_id AND OLD.currency <=> NEW.currency) THEN
  SET NEW.currency = purser.client_currency(NEW.client_id, NEW.currency);
END IF//
DELIMITER ;
