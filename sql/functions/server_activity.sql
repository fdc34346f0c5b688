-- For the health checks of transactions and of locks. What other sessions do is shown to who has
-- PROCESS alone; this tells how many and how long, and of the oldest transaction whose it is: no
-- statement. Purser's own sessions and a replica's appliers do not count. InnoDB tells the start of a
-- transaction in the server's zone; where an hour comes twice, CONVERT_TZ takes
-- the later one: nothing seems older than it is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.server_activity()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Open transactions, the oldest, and waits for metadata locks, as a JSON object; for the worker'
BEGIN
  DECLARE v_count, v_waits BIGINT DEFAULT 0;
  DECLARE v_seconds, v_connection BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_user VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  FOR t IN (SELECT x.trx_mysql_thread_id AS connection, p.USER AS user,
                   TIMESTAMPDIFF(SECOND, CONVERT_TZ(x.trx_started, 'SYSTEM', '+00:00'), UTC_TIMESTAMP()) AS age
              FROM information_schema.INNODB_TRX x
              LEFT JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id
             WHERE x.trx_mysql_thread_id <> CONNECTION_ID()
               AND COALESCE(p.USER, '') NOT IN ('purser', 'system user')) DO
    SET v_count = v_count + 1;
    IF v_seconds IS NULL OR t.age > v_seconds THEN
      SET v_seconds = GREATEST(t.age, 0), v_connection = t.connection, v_user = t.user;
    END IF;
  END FOR;
  SELECT COUNT(*) INTO v_waits FROM information_schema.PROCESSLIST
   WHERE STATE LIKE 'Waiting for % metadata lock'
      OR STATE IN ('Waiting for backup lock', 'Waiting for table level lock', 'Waiting for table flush');
  -- A variable alone would become a text.
  RETURN JSON_OBJECT('transactions', v_count + 0, 'seconds', v_seconds + 0, 'connection', v_connection + 0,
                     'user', v_user, 'waits', v_waits + 0);
END//
DELIMITER ;
