-- For the sealing of the audit log: a row whose id was given to one of these may still appear. The server
-- makes this list anew only when nobody has read it for 100 ms, so that it may be of any age; the caller's own
-- transaction tells. (No JSON_ARRAYAGG: group_concat_max_len would cut it.)
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_transactions()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Open transactions, [[connection, "start"], …] as text; for the worker'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[';
  FOR t IN (SELECT trx_mysql_thread_id AS connection, trx_started AS start
              FROM information_schema.INNODB_TRX) DO
    SET v_list = CONCAT(v_list, IF(v_list = '[', '[', ',['), t.connection, ',"', t.start, '"]');
  END FOR;
  RETURN CONCAT(v_list, ']');
END//
DELIMITER ;
