DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_insert
  AFTER INSERT ON purser.pricing_overrides FOR EACH ROW
BEGIN
  CALL purser.admin_note('insert', 'override', NEW.id, NEW.client_id, NULL, JSON_OBJECT('client_id', NEW.client_id, 'price', NEW.price, 'volume_limit', NEW.volume_limit, 'transaction_limit', NEW.transaction_limit, 'currency', NEW.currency, 'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at, 'reason', NEW.reason));
  CALL purser.usage_due(NEW.client_id);
END//
DELIMITER ;
