-- Not while a table is mapped: what is written here meanwhile is not its.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_update
  AFTER UPDATE ON purser.client_transactions FOR EACH ROW
BEGIN
  DECLARE v_mapped INT DEFAULT 0;
  IF NOT (OLD.client_id = NEW.client_id AND OLD.occurred_at = NEW.occurred_at AND OLD.amount = NEW.amount
          AND OLD.currency = NEW.currency) THEN
    SELECT COUNT(*) INTO v_mapped FROM purser.settings WHERE name = 'usage_table';
    IF v_mapped = 0 THEN
      CALL purser.usage_count(OLD.client_id, OLD.occurred_at, OLD.amount, OLD.currency, -1);
      CALL purser.usage_count(NEW.client_id, NEW.occurred_at, NEW.amount, NEW.currency, 1);
    END IF;
  END IF;
END//
DELIMITER ;
