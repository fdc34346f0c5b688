-- The mapping of the shop goes with its views.
DELIMITER //
BEGIN NOT ATOMIC
  IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'settings') THEN
    DELETE FROM purser.settings WHERE name = 'app_schema';
  END IF;
END//
DELIMITER ;
COMMIT;
