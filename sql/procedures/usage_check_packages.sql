-- The clients of a package whose limits have changed are checked where they stand, without being marked as due before:
-- a million rows are then written once. The note goes when all were checked; killed in between, it begins anew.
-- It waits for nobody: who counts the first transaction of a month holds the package, and others wait for that count.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_packages(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_clients BIGINT,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks the clients of packages whose limits or thresholds have changed. Used by usage_check'
BEGIN
  DECLARE v_slots, v_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_last, v_next BIGINT UNSIGNED;
  DECLARE v_found, v_left BIGINT;
  DECLARE v_ahead CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  FOR changed IN (SELECT name, limits_changed_at FROM purser.packages WHERE limits_changed_at IS NOT NULL)
  DO
    SET v_last = 0, v_late = '[]', v_left = 0;
    SELECT MIN(month) INTO v_ahead FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6);
    this_package: LOOP
      SELECT MAX(c.id) INTO v_next
        FROM (SELECT id FROM purser.clients FORCE INDEX (by_package)
               WHERE package = changed.name AND status = 'active' AND id > v_last ORDER BY id LIMIT 1000) AS c;
      IF v_next IS NULL THEN
        LEAVE this_package;
      END IF;
      -- no NOT EXISTS: see docs/internals/style.md, "A call that is interrupted"
      SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)), COUNT(DISTINCT u.client_id, u.month)
        INTO v_slots, v_found
        FROM (SELECT id FROM purser.clients FORCE INDEX (by_package)
               WHERE package = changed.name AND status = 'active' AND id > v_last AND id <= v_next) AS c
        STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = c.id
       WHERE COALESCE(u.month < v_ahead, TRUE)
         AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = u.month AND m.closed_at IS NOT NULL) = 0;
      SET v_last = v_next;
      IF v_slots IS NOT NULL THEN
        SET p_clients = p_clients + v_found;
        CALL purser.usage_check_some(v_slots, p_channel, v_late, p_mails);
      END IF;
      IF JSON_LENGTH(v_late) >= 1000 THEN
        CALL purser.usage_check_late(v_late, p_channel, p_mails, v_found);
        SET v_left = v_left + v_found, v_late = '[]';
      END IF;
    END LOOP;
    CALL purser.usage_check_late(v_late, p_channel, p_mails, v_found);
    SET v_left = v_left + v_found;
    CALL purser.usage_check_ahead(changed.name, v_ahead, v_found);
    IF v_left + v_found = 0 THEN
      CALL purser.usage_begin();
      SET v_name = NULL;
      SELECT name INTO v_name FROM purser.packages WHERE name = changed.name FOR UPDATE SKIP LOCKED;
      -- a row that a session without the table's checks has written ends no round
      SET STATEMENT check_constraint_checks = 0 FOR
      UPDATE purser.packages SET limits_changed_at = NULL
       WHERE name = v_name AND limits_changed_at = changed.limits_changed_at;
      COMMIT AND NO CHAIN NO RELEASE;
    END IF;
  END FOR;
END//
DELIMITER ;
