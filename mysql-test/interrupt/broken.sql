-- Routines that are as no routine of Purser's may be: what a campaign has to find.
DELIMITER //

-- The form that ended servers (docs/internals/style.md, "A call that is interrupted"): views in a derived table that is not the
-- first of its statement.
CREATE OR REPLACE FUNCTION purser.broken_by_views(p_date DATE) RETURNS LONGTEXT READS SQL DATA
BEGIN
  DECLARE v_json LONGTEXT DEFAULT '';
  FOR c IN (
    SELECT s.currency, SUM(s.internal) AS internal, SUM(s.discrepancies) AS discrepancies
      FROM (SELECT k.currency, COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0) AS internal, 0 AS discrepancies
              FROM purser.latest_runs AS r,
                   JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (currency VARCHAR(16) PATH '$')) AS k
             WHERE r.business_date = p_date
             UNION ALL
            SELECT d.currency, 0, COUNT(*)
              FROM purser.discrepancies AS d
              JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
             WHERE d.business_date = p_date AND d.holds
             GROUP BY 1) AS s
     GROUP BY s.currency
     ORDER BY s.currency)
  DO
    SET v_json = CONCAT(v_json, c.currency, c.internal, c.discrepancies);
  END FOR;
  RETURN v_json;
END//

-- It leaves behind on its connection that it was begun.
CREATE OR REPLACE PROCEDURE purser.broken_by_itself()
BEGIN
  IF @begun THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'It was begun already';
  END IF;
  SET @begun = TRUE;
  DO (SELECT SUM(seq) FROM mysql.seq_1_to_100000);
  SET @begun = FALSE;
END//

CREATE OR REPLACE PROCEDURE purser.broken_altogether()
BEGIN
  SHUTDOWN;
  DO SLEEP(60);
END//
DELIMITER ;
