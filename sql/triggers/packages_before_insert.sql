DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_before_insert
  BEFORE INSERT ON purser.packages FOR EACH ROW
CALL purser.usage_need_set(NEW.thresholds)//
DELIMITER ;
