DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_insert
  AFTER INSERT ON purser.client_transactions FOR EACH ROW
CALL purser.usage_count(NEW.client_id, NEW.occurred_at, NEW.amount, NEW.currency, 1)//
DELIMITER ;
