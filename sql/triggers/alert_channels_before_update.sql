-- A row from before this trigger can be switched off all the same.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.alert_channels_before_update
  BEFORE UPDATE ON purser.alert_channels FOR EACH ROW
BEGIN
  IF OLD.kind <> NEW.kind OR OLD.target <> NEW.target THEN
    CALL purser.alert_need_target(NEW.kind, NEW.target);
  END IF;
END//
DELIMITER ;
