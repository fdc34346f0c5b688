DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.recount_client(
  IN p_client BIGINT UNSIGNED,
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from DATETIME(6),
  IN p_end DATETIME(6),
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_changed BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Counts one client''s month anew, in a transaction of its own. Used by recount_usage'
BEGIN
  DECLARE v_old_volume, v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_old_transactions, v_old_other, v_transactions, v_other, v_slots BIGINT DEFAULT 0;
  DECLARE v_tries INT UNSIGNED DEFAULT 0;
  DECLARE v_done BOOLEAN DEFAULT FALSE;

  REPEAT
    BEGIN
      DECLARE EXIT HANDLER FOR 1213, 1205, 1020
      BEGIN
        ROLLBACK AND NO CHAIN NO RELEASE;
        SET v_tries = v_tries + 1;
        IF v_tries > 20 THEN
          RESIGNAL;
        END IF;
      END;
      COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
      SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
      START TRANSACTION;
      -- First the lock, which waits for whoever is counting; only then the view of the data is taken, and it has all
      -- of them. Whoever counts later waits for this, and adds to it.
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0), COUNT(*)
        INTO v_old_volume, v_old_transactions, v_old_other, v_slots
        FROM purser.client_usage WHERE client_id = p_client AND month = p_month FOR UPDATE;
      SELECT COALESCE(SUM(IF(COALESCE(a.currency, p.currency) <> p.currency, 0, a.amount)), 0), COALESCE(SUM(a.amount >= 0), 0),
             COALESCE(SUM(a.amount >= 0 AND COALESCE(a.currency, p.currency) <> p.currency), 0)
        INTO v_volume, v_transactions, v_other
        FROM purser.app_client_usage AS a
        JOIN purser.clients AS c ON c.id = a.client_id
        JOIN purser.packages AS p ON p.name = c.package
       WHERE a.client_id = p_client AND a.amount IS NOT NULL AND a.occurred_at >= p_from AND a.occurred_at < p_end;
      IF v_volume <> v_old_volume OR v_transactions <> v_old_transactions OR v_other <> v_old_other THEN
        IF v_slots > 0 THEN
          SET STATEMENT innodb_snapshot_isolation = 0 FOR
          UPDATE purser.client_usage
             SET volume = volume + v_volume - v_old_volume, transactions = transactions + v_transactions - v_old_transactions,
                 other_currency = other_currency + v_other - v_old_other, due = TRUE
           WHERE client_id = p_client AND month = p_month
           ORDER BY slot LIMIT 1;
        ELSE
          INSERT INTO purser.client_usage (client_id, month, slot, volume, transactions, other_currency)
          VALUES (p_client, p_month, 0, v_volume, v_transactions, v_other);
        END IF;
        SET p_changed = p_changed + 1;
        IF p_changed <= 1000 THEN
          SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(p_client, p_month, v_old_volume, v_volume, v_old_transactions, v_transactions));
        END IF;
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      SET v_done = TRUE;
    END;
  UNTIL v_done END REPEAT;
END//
DELIMITER ;
