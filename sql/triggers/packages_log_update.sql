DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_update
  AFTER UPDATE ON purser.packages FOR EACH ROW
IF NOT (OLD.name <=> NEW.name AND OLD.position <=> NEW.position AND OLD.description <=> NEW.description AND OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit AND OLD.price <=> NEW.price AND OLD.currency <=> NEW.currency AND OLD.thresholds <=> NEW.thresholds AND OLD.hard_stop <=> NEW.hard_stop AND OLD.offered <=> NEW.offered) THEN
  CALL purser.admin_note('update', 'package', NEW.name, NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.position <=> NEW.position, '{}', JSON_OBJECT('position', OLD.position)),
      IF(OLD.description <=> NEW.description, '{}', JSON_OBJECT('description', OLD.description)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', OLD.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', OLD.transaction_limit)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', OLD.price)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', OLD.currency)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', OLD.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', OLD.hard_stop)),
      IF(OLD.offered <=> NEW.offered, '{}', JSON_OBJECT('offered', OLD.offered))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.position <=> NEW.position, '{}', JSON_OBJECT('position', NEW.position)),
      IF(OLD.description <=> NEW.description, '{}', JSON_OBJECT('description', NEW.description)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', NEW.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', NEW.transaction_limit)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', NEW.price)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', NEW.currency)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', NEW.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', NEW.hard_stop)),
      IF(OLD.offered <=> NEW.offered, '{}', JSON_OBJECT('offered', NEW.offered))));
END IF//
DELIMITER ;
