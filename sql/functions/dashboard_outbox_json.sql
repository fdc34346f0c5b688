DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_outbox_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member outbox of dashboard_json: messages that wait, were given up, were sent; 10000 of each counted at most'
BEGIN
  DECLARE v_waiting, v_dead, v_sent BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_oldest DATETIME(6) DEFAULT NULL;

  SELECT COUNT(*), MIN(o.created_at) INTO v_waiting, v_oldest
    FROM (SELECT created_at FROM purser.outbox WHERE state = 'waiting' LIMIT 10000) AS o;
  SELECT COUNT(*) INTO v_dead FROM (SELECT 1 FROM purser.outbox WHERE state = 'dead' LIMIT 10000) AS o;
  SELECT COUNT(*) INTO v_sent
    FROM (SELECT 1 FROM purser.outbox
           WHERE state = 'sent' AND finished_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY LIMIT 10000) AS o;
  RETURN CONCAT('{"waiting":', v_waiting, ',"dead":', v_dead, ',"sent_24h":', v_sent, ',"oldest_waiting_seconds":',
                COALESCE(GREATEST(0, TIMESTAMPDIFF(SECOND, v_oldest, UTC_TIMESTAMP(6))), 'null'), '}');
END//
DELIMITER ;
