DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_delete
  AFTER DELETE ON purser.client_keys FOR EACH ROW
CALL purser.admin_note('delete', 'key', OLD.key_id, OLD.client_id, JSON_OBJECT('client_id', OLD.client_id, 'label', OLD.label, 'expires_at', OLD.expires_at, 'revoked_at', OLD.revoked_at), NULL)//
DELIMITER ;
