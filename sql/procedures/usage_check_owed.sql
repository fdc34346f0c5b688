-- Alerts that were recorded while there was no channel: of each client the highest is told, once there is one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_owed(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the mails of this month''s alerts that have none. Used by usage_check'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_clients, v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_last BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_next BIGINT UNSIGNED;
  DECLARE v_mails BIGINT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  this_loop: LOOP
    SELECT JSON_ARRAYAGG(f.id), MAX(f.client_id) INTO v_clients, v_next
      FROM (SELECT DISTINCT a.client_id, a.client_id AS id
              FROM purser.usage_alerts AS a FORCE INDEX (by_outbox) JOIN purser.clients AS c ON c.id = a.client_id AND c.status = 'active'
             WHERE a.outbox_id IS NULL AND a.covered_by IS NULL AND a.alert_month = v_month AND a.client_id > v_last AND a.cleared_at IS NULL
             ORDER BY a.client_id LIMIT 500) AS f;
    IF v_clients IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_last = v_next, v_mails = 0;
    CALL purser.usage_begin();
    SELECT JSON_ARRAYAGG(JSON_ARRAY(a.client_id, a.alert_month, a.threshold, a.alert_type, a.usage_percentage, a.measure, a.current_volume,
             a.max_volume, a.current_transactions, a.max_transactions, a.currency, a.package, a.covered_by, a.outbox_id, a.cleared_at IS NOT NULL))
      INTO v_rows
      FROM JSON_TABLE(v_clients, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$')) AS j
      STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = v_month
       FOR UPDATE;
    CALL purser.usage_check_highest(v_rows, p_channel, v_mails);
    COMMIT AND NO CHAIN NO RELEASE;
    SET p_mails = p_mails + v_mails;
  END LOOP;
END//
DELIMITER ;
