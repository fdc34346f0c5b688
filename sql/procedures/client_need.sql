DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.client_need(
  IN p_client BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where there is no such client. Used by the procedures of clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_found BIGINT;

  -- SELECT … INTO takes no lock, as a subquery of IF would: who looks at a client waits for nobody who changes it.
  SELECT COUNT(*) INTO v_found FROM purser.clients WHERE id = p_client;
  IF v_found = 0 THEN
    SET v_why = CONCAT('p_client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
