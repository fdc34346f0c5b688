DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_update
  AFTER UPDATE ON purser.pricing_overrides FOR EACH ROW
IF NOT (OLD.client_id <=> NEW.client_id AND OLD.price <=> NEW.price AND OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit AND OLD.currency <=> NEW.currency AND OLD.starts_at <=> NEW.starts_at AND OLD.ends_at <=> NEW.ends_at AND OLD.reason <=> NEW.reason) THEN
  CALL purser.admin_note('update', 'override', NEW.id, NEW.client_id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', OLD.client_id)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', OLD.price)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', OLD.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', OLD.transaction_limit)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', OLD.currency)),
      IF(OLD.starts_at <=> NEW.starts_at, '{}', JSON_OBJECT('starts_at', OLD.starts_at)),
      IF(OLD.ends_at <=> NEW.ends_at, '{}', JSON_OBJECT('ends_at', OLD.ends_at)),
      IF(OLD.reason <=> NEW.reason, '{}', JSON_OBJECT('reason', OLD.reason))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', NEW.client_id)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', NEW.price)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', NEW.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', NEW.transaction_limit)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', NEW.currency)),
      IF(OLD.starts_at <=> NEW.starts_at, '{}', JSON_OBJECT('starts_at', NEW.starts_at)),
      IF(OLD.ends_at <=> NEW.ends_at, '{}', JSON_OBJECT('ends_at', NEW.ends_at)),
      IF(OLD.reason <=> NEW.reason, '{}', JSON_OBJECT('reason', NEW.reason))));
  CALL purser.usage_due(OLD.client_id);
  CALL purser.usage_due(NEW.client_id);
END IF//
DELIMITER ;
