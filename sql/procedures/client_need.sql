DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.client_need(
  IN p_client BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where there is no such client. Used by the procedures of clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF p_client IS NULL OR NOT EXISTS (SELECT 1 FROM purser.clients WHERE id = p_client) THEN
    SET v_why = CONCAT('p_client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
