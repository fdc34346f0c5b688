-- The last tile of each level grows at its end; nothing else ever changes.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_tiles_update
  BEFORE UPDATE ON purser.audit_tiles FOR EACH ROW
IF NEW.level <> OLD.level OR NEW.tile <> OLD.tile OR LEFT(NEW.hashes, LENGTH(OLD.hashes)) <> OLD.hashes THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'purser.audit_tiles only grows: hashes can be added at the end of a tile, none can be changed or taken away. Purser''s sealing alone writes here';
END IF//
DELIMITER ;
