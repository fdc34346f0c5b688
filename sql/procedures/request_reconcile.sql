-- Before purser_job has answered no InnoDB table may be read here: under REPEATABLE READ the first
-- read fixes what this session sees, and the run's results come later.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.request_reconcile(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Asks the worker for runs; the answer is its JSON. Used by reconcile and reconcile_async'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF @@in_transaction = 1 THEN
    SET v_why = 'reconcile cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  ELSEIF p_date IS NOT NULL AND TO_DAYS(p_date) IS NULL THEN
    SET v_why = CONCAT('p_date is not a date: ', p_date);
  ELSEIF p_date > UTC_DATE() + INTERVAL 1 DAY THEN
    SET v_why = CONCAT('p_date lies in the future: ', p_date);
  ELSEIF p_gateway = '' THEN
    SET v_why = 'p_gateway is empty: give the name of a gateway, or NULL for all that are enabled';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('reconcile',
                            JSON_OBJECT('date', p_date, 'gateway', p_gateway,
                                        'wait', IF(p_wait, JSON_EXTRACT('true', '$'), JSON_EXTRACT('false', '$'))),
                            USER(), NULL) USING utf8mb4)
    INTO p_answer;
  IF p_answer IS NULL OR COALESCE(JSON_TYPE(JSON_EXTRACT(p_answer, '$.runs')), '') <> 'ARRAY' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;
END//
DELIMITER ;
