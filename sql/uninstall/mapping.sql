-- The mappings go with their views.
DELIMITER //
BEGIN NOT ATOMIC
  IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'settings') THEN
    DELETE FROM purser.settings WHERE name IN ('app_schema', 'usage_table');
  END IF;
END//
DELIMITER ;
COMMIT AND NO CHAIN NO RELEASE;
