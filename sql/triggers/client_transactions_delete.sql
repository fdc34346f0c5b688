DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_delete
  AFTER DELETE ON purser.client_transactions FOR EACH ROW
CALL purser.usage_count(OLD.client_id, OLD.occurred_at, OLD.amount, OLD.currency, -1)//
DELIMITER ;
