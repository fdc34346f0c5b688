DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_insert
  AFTER INSERT ON purser.client_keys FOR EACH ROW
CALL purser.admin_note('insert', 'key', NEW.key_id, NEW.client_id, NULL, JSON_OBJECT('client_id', NEW.client_id, 'label', NEW.label, 'expires_at', NEW.expires_at, 'revoked_at', NEW.revoked_at))//
DELIMITER ;
