DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_delete
  AFTER DELETE ON purser.clients FOR EACH ROW
CALL purser.admin_note('delete', 'client', OLD.id, OLD.id, JSON_OBJECT('external_id', OLD.external_id, 'name', OLD.name, 'email', OLD.email, 'package', OLD.package, 'status', OLD.status, 'language', OLD.language, 'thresholds', OLD.thresholds, 'hard_stop', OLD.hard_stop, 'counter_slots', OLD.counter_slots), NULL)//
DELIMITER ;
