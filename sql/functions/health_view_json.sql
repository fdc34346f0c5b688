-- INVOKER, between the view and health_json: CREATE VIEW asks for the definer's right to a DEFINER function, which a dump has
-- just taken away with the routine. The restore of a whole server would end there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.health_view_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'health_json for the view health, so that the view can be restored from a dump'
RETURN purser.health_json()//
DELIMITER ;
