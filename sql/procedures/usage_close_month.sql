DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_close_month(
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_end DATETIME(6),
  OUT p_mine BOOLEAN)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Closes one month, in steps of 1000 clients; p_mine: no other session did. Used by reset_monthly_usage'
BEGIN
  DECLARE v_after, v_to BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_clients BIGINT DEFAULT 0;
  DECLARE v_tries INT UNSIGNED DEFAULT 0;
  DECLARE v_again BOOLEAN;
  DECLARE v_none INT;

  REPEAT
    SELECT MAX(id) INTO v_to FROM (SELECT id FROM purser.clients WHERE id > v_after ORDER BY id LIMIT 1000) AS c;
    SET v_again = FALSE;
    BEGIN
      -- A deadlock, a payment that is not decided, or a cluster's other node was quicker: once more.
      DECLARE EXIT HANDLER FOR 1213, 1205, 1020
      BEGIN
        ROLLBACK AND NO CHAIN NO RELEASE;
        SET v_tries = v_tries + 1, v_again = TRUE;
        IF v_tries > 20 THEN
          RESIGNAL;
        END IF;
        SET v_none = SLEEP(0.5); -- those who waited behind it come first
      END;
      COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
      SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
      START TRANSACTION;
      IF v_to IS NULL THEN
        UPDATE purser.usage_months SET closed_at = UTC_TIMESTAMP(6) WHERE month = p_month AND closed_at IS NULL;
        SET p_mine = ROW_COUNT() > 0;
        IF p_mine THEN
          CALL purser.admin_note('close', 'month', p_month, NULL, NULL, JSON_OBJECT(
            'clients', (SELECT COUNT(*) FROM purser.usage_history WHERE month = p_month)));
        END IF;
      ELSE
        CALL purser.usage_close(p_month, v_after, v_to, p_end, v_clients);
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      SET v_tries = 0;
    END;
    IF NOT v_again AND v_to IS NOT NULL THEN
      SET v_after = v_to;
    END IF;
  UNTIL v_to IS NULL AND NOT v_again END REPEAT;
END//
DELIMITER ;
