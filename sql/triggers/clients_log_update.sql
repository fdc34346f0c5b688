DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_update
  AFTER UPDATE ON purser.clients FOR EACH ROW
IF NOT (OLD.external_id <=> NEW.external_id AND OLD.name <=> NEW.name AND OLD.email <=> NEW.email AND OLD.created_at <=> NEW.created_at AND OLD.package <=> NEW.package AND OLD.status <=> NEW.status AND OLD.language <=> NEW.language AND OLD.thresholds <=> NEW.thresholds AND OLD.hard_stop <=> NEW.hard_stop AND OLD.counter_slots <=> NEW.counter_slots) THEN
  CALL purser.admin_note('update', 'client', NEW.id, NEW.id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.external_id <=> NEW.external_id, '{}', JSON_OBJECT('external_id', OLD.external_id)),
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.email <=> NEW.email, '{}', JSON_OBJECT('email', OLD.email)),
      IF(OLD.created_at <=> NEW.created_at, '{}', JSON_OBJECT('created_at', OLD.created_at)),
      IF(OLD.package <=> NEW.package, '{}', JSON_OBJECT('package', OLD.package)),
      IF(OLD.status <=> NEW.status, '{}', JSON_OBJECT('status', OLD.status)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', OLD.language)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', OLD.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', OLD.hard_stop)),
      IF(OLD.counter_slots <=> NEW.counter_slots, '{}', JSON_OBJECT('counter_slots', OLD.counter_slots))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.external_id <=> NEW.external_id, '{}', JSON_OBJECT('external_id', NEW.external_id)),
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.email <=> NEW.email, '{}', JSON_OBJECT('email', NEW.email)),
      IF(OLD.created_at <=> NEW.created_at, '{}', JSON_OBJECT('created_at', NEW.created_at)),
      IF(OLD.package <=> NEW.package, '{}', JSON_OBJECT('package', NEW.package)),
      IF(OLD.status <=> NEW.status, '{}', JSON_OBJECT('status', NEW.status)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', NEW.language)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', NEW.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', NEW.hard_stop)),
      IF(OLD.counter_slots <=> NEW.counter_slots, '{}', JSON_OBJECT('counter_slots', NEW.counter_slots))));
  IF OLD.counter_slots < NEW.counter_slots THEN
    CALL purser.usage_lock(NEW.id, OLD.counter_slots, NEW.counter_slots - OLD.counter_slots);
  END IF;
  IF NOT (OLD.package = NEW.package AND OLD.status = NEW.status AND OLD.thresholds <=> NEW.thresholds
          AND OLD.counter_slots = NEW.counter_slots) THEN
    CALL purser.usage_due(NEW.id);
  END IF;
END IF//
DELIMITER ;
