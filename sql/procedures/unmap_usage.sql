-- INVOKER, as map_usage. What was counted stays; CALL purser.recount_usage(NULL, NULL) makes it client_transactions' alone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.unmap_usage()
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Counts purser.client_transactions again, and takes the triggers of the mapped table away'
BEGIN
  DECLARE v_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'unmap_usage commits, as every DDL does: COMMIT or ROLLBACK the transaction of this session first';
  END IF;
  CALL purser.triggers_lock(TRUE);
  SELECT MAX(value) INTO v_old FROM purser.settings WHERE name = 'usage_table';
  COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
  IF v_old IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'No table is mapped: purser.client_transactions is counted';
  END IF;
  CALL purser.usage_map_drop();
  CALL purser.usage_map_note(v_old, NULL);
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;
