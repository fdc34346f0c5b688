DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_update
  AFTER UPDATE ON purser.client_keys FOR EACH ROW
IF NOT (OLD.client_id <=> NEW.client_id AND OLD.label <=> NEW.label AND OLD.expires_at <=> NEW.expires_at AND OLD.revoked_at <=> NEW.revoked_at) THEN
  CALL purser.admin_note('update', 'key', NEW.key_id, NEW.client_id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', OLD.client_id)),
      IF(OLD.label <=> NEW.label, '{}', JSON_OBJECT('label', OLD.label)),
      IF(OLD.expires_at <=> NEW.expires_at, '{}', JSON_OBJECT('expires_at', OLD.expires_at)),
      IF(OLD.revoked_at <=> NEW.revoked_at, '{}', JSON_OBJECT('revoked_at', OLD.revoked_at))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', NEW.client_id)),
      IF(OLD.label <=> NEW.label, '{}', JSON_OBJECT('label', NEW.label)),
      IF(OLD.expires_at <=> NEW.expires_at, '{}', JSON_OBJECT('expires_at', NEW.expires_at)),
      IF(OLD.revoked_at <=> NEW.revoked_at, '{}', JSON_OBJECT('revoked_at', NEW.revoked_at))));
END IF//
DELIMITER ;
