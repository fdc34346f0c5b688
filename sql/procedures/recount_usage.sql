-- Shown are the first 1000 that differed; all of them are counted anew. rows_of_nobody have no client, amount or moment (or one after the year 8999):
-- they are not counted at all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.recount_usage(
  IN p_client_id BIGINT UNSIGNED,
  IN p_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Counts anew what a client (NULL: all) used in a month that is open (NULL: each), and says what differed'
BEGIN
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_changed, v_bad BIGINT DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- Of a table with system versioning a session may look at former rows; what is counted are those of now.
  DECLARE v_as_of VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT @@SESSION.system_versioning_asof;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_as_of <> 'DEFAULT' THEN
      SET SESSION system_versioning_asof = v_as_of;
    END IF;
    RESIGNAL;
  END;

  IF @@in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'recount_usage works in transactions of its own: COMMIT or ROLLBACK first';
  END IF;
  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  IF p_month IS NOT NULL AND NOT EXISTS (SELECT 1 FROM purser.usage_months
       WHERE month = p_month AND closed_at IS NULL AND starts_at <= UTC_TIMESTAMP(6)) THEN
    SET v_why = CONCAT('p_month: ', LEFT(p_month, 16), ' is no month that has begun and is open (purser.usage_months)');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SET SESSION system_versioning_asof = DEFAULT;
  FOR m IN (
    SELECT n.month, n.closed_at,
           CAST(IF(n.starts_at = (SELECT MIN(o.starts_at) FROM purser.usage_months AS o), '0000-00-00', n.starts_at) AS DATETIME(6)) AS starts_at,
           COALESCE((SELECT MIN(o.starts_at) FROM purser.usage_months AS o WHERE o.starts_at > n.starts_at), '9000-01-01') AS ends_at
      FROM purser.usage_months AS n
     WHERE n.closed_at IS NULL AND (p_month IS NULL OR n.month = p_month)
       AND (n.starts_at <= UTC_TIMESTAMP(6) OR (SELECT 1 FROM purser.client_usage AS u WHERE u.month = n.month LIMIT 1) IS NOT NULL)
     ORDER BY n.month)
  DO
    -- Rows and counts of one moment: where they differ, somebody has to be counted anew.
    FOR d IN (
      SELECT x.client_id
        FROM (SELECT a.client_id AS client_id, IF(COALESCE(a.currency, p.currency) <> p.currency, 0, a.amount) AS volume,
                     a.amount >= 0 AS transactions, a.amount >= 0 AND COALESCE(a.currency, p.currency) <> p.currency AS other
                FROM purser.app_client_usage AS a
                JOIN purser.clients AS c ON c.id = a.client_id
                JOIN purser.packages AS p ON p.name = c.package
               WHERE a.occurred_at >= m.starts_at AND a.occurred_at < m.ends_at AND a.amount IS NOT NULL
                 AND (p_client_id IS NULL OR a.client_id = p_client_id)
              UNION ALL
              SELECT u.client_id, -u.volume, -u.transactions, -u.other_currency FROM purser.client_usage AS u
               WHERE u.month = m.month AND (p_client_id IS NULL OR u.client_id = p_client_id)) AS x
       GROUP BY x.client_id
      HAVING SUM(x.volume) <> 0 OR SUM(x.transactions) <> 0 OR SUM(x.other) <> 0)
    DO
      CALL purser.recount_client(d.client_id, m.month, m.starts_at, m.ends_at, v_rows, v_changed);
    END FOR;
  END FOR;
  IF p_client_id IS NULL THEN
    SELECT COUNT(*) INTO v_bad FROM purser.app_client_usage AS a LEFT JOIN purser.clients AS c ON c.id = a.client_id
     WHERE c.id IS NULL OR a.amount IS NULL OR a.occurred_at IS NULL OR a.occurred_at >= '9000-01-01';
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
  IF v_as_of <> 'DEFAULT' THEN
    SET SESSION system_versioning_asof = v_as_of;
  END IF;
  SELECT j.client_id, j.month, j.old_volume, j.new_volume, j.old_transactions, j.new_transactions
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY, client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           old_volume DECIMAL(25,4) PATH '$[2]', new_volume DECIMAL(25,4) PATH '$[3]',
           old_transactions BIGINT PATH '$[4]', new_transactions BIGINT PATH '$[5]')) AS j
   ORDER BY j.at;
  SELECT v_changed AS counted_anew, v_bad AS rows_of_nobody;
END//
DELIMITER ;
