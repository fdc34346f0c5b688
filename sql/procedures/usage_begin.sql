-- READ COMMITTED: a statement that writes what it reads elsewhere does not lock that. InnoDB refuses it to a
-- binary log of statements.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_begin()
  NO SQL SQL SECURITY DEFINER
  COMMENT 'Begins a transaction of a check. Used by usage_check'
BEGIN
  COMMIT AND NO CHAIN NO RELEASE;
  IF @@SESSION.binlog_format = 'STATEMENT' THEN
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  ELSE
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  END IF;
  START TRANSACTION;
END//
DELIMITER ;
