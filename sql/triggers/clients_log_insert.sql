DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_insert
  AFTER INSERT ON purser.clients FOR EACH ROW
BEGIN
  CALL purser.usage_lock(NEW.id, 0, NEW.counter_slots);
  CALL purser.admin_note('insert', 'client', NEW.id, NEW.id, NULL, JSON_OBJECT('external_id', NEW.external_id, 'name', NEW.name, 'email', NEW.email, 'package', NEW.package, 'status', NEW.status, 'language', NEW.language, 'thresholds', NEW.thresholds, 'hard_stop', NEW.hard_stop, 'counter_slots', NEW.counter_slots));
END//
DELIMITER ;
