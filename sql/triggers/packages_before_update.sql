-- Of a package that a million clients have only this is noted; the next check looks at them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_before_update
  BEFORE UPDATE ON purser.packages FOR EACH ROW
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF OLD.currency <> NEW.currency AND EXISTS (SELECT 1 FROM purser.clients WHERE package = OLD.name) THEN
    SET v_why = CONCAT('The currency of package ''', OLD.name, ''' cannot be changed while clients have it: their usage is counted in ',
      OLD.currency, '. Make another package and switch them');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_need_set(NEW.thresholds);
  IF NOT (OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit
          AND OLD.thresholds = NEW.thresholds) THEN
    SET NEW.limits_changed_at = UTC_TIMESTAMP(6);
  END IF;
END//
DELIMITER ;
