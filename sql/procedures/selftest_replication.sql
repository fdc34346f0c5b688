-- Nothing where nothing is replicated.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_replication(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the format of the binary log, and a replica that may be written to'
BEGIN
  IF @@log_bin AND @@GLOBAL.binlog_format = 'STATEMENT' THEN
    CALL purser.selftest_add(p_rows, 'binary log', 'warning',
      CONCAT('binlog_format is STATEMENT: tables cannot be audited, and on a replica admin_log has other actors and may have other numbers; ',
             'use MIXED or ROW'));
  END IF;
  IF NOT @@read_only AND EXISTS (SELECT 1 FROM information_schema.GLOBAL_STATUS
                                  WHERE VARIABLE_NAME = 'SLAVES_RUNNING' AND VARIABLE_VALUE > 0) THEN
    CALL purser.selftest_add(p_rows, 'replica', 'warning',
      CONCAT('this server is a replica and not read-only: what is written here, by Purser as well, parts from its primary''s and may stop the ',
             'replication; SET GLOBAL read_only = ON'));
  END IF;
END//
DELIMITER ;
