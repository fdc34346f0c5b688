DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.alert_channels_before_insert
  BEFORE INSERT ON purser.alert_channels FOR EACH ROW
CALL purser.alert_need_target(NEW.kind, NEW.target)//
DELIMITER ;
