DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_delete
  AFTER DELETE ON purser.pricing_overrides FOR EACH ROW
BEGIN
  CALL purser.admin_note('delete', 'override', OLD.id, OLD.client_id, JSON_OBJECT('client_id', OLD.client_id, 'price', OLD.price, 'volume_limit', OLD.volume_limit, 'transaction_limit', OLD.transaction_limit, 'currency', OLD.currency, 'starts_at', OLD.starts_at, 'ends_at', OLD.ends_at, 'reason', OLD.reason), NULL);
  CALL purser.usage_due(OLD.client_id);
END//
DELIMITER ;
