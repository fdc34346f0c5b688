DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_before_update
  BEFORE UPDATE ON purser.clients FOR EACH ROW
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF OLD.id <> NEW.id THEN -- what it used, was told and has paid is under the number
    SET v_why = CONCAT('The number of client ', OLD.id, ' cannot be changed: its usage, alerts and history are kept by it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF NOT OLD.thresholds <=> NEW.thresholds THEN
    CALL purser.usage_need_set(COALESCE(NEW.thresholds, 'default'));
  END IF;
  IF OLD.package <> NEW.package THEN
    CALL purser.usage_same_currency(NEW.id, OLD.package, NEW.package);
  END IF;
  SET NEW.updated_at = UTC_TIMESTAMP(6);
END//
DELIMITER ;
