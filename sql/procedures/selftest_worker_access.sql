DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_worker_access(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: whether the worker may read the orders of the shop'
BEGIN
  DECLARE v_granted BOOLEAN DEFAULT FALSE;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'access of the worker', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;
  -- Without this right information_schema would hide the grants of others, as if there were none.
  IF EXISTS (SELECT 1 FROM mysql.global_priv LIMIT 0) THEN
    SET v_granted = FALSE;
  END IF;
  SET v_granted =
    (SELECT COUNT(*) = 9 FROM information_schema.COLUMN_PRIVILEGES
      WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema AND TABLE_NAME = 'orders'
        AND PRIVILEGE_TYPE = 'SELECT'
        AND COLUMN_NAME IN ('id', 'provider', 'external_tx_ref', 'total_amount', 'total_amount_gbp',
                            'currency', 'status', 'payment_status', 'created_at'))
    OR EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES
                WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema
                  AND TABLE_NAME = 'orders' AND PRIVILEGE_TYPE = 'SELECT')
    OR EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
                WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema
                  AND PRIVILEGE_TYPE = 'SELECT');
  CALL purser.selftest_add(p_rows, 'access of the worker', IF(v_granted, 'ok', 'failed'),
    IF(v_granted, 'it may read the orders',
       CONCAT('it may not read the orders; run CALL purser.map_app(', QUOTE(p_schema), ')')));
END//
DELIMITER ;
