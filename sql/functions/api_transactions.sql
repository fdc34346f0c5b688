-- Newest first. The key of a page is (occurred_at, reference): with client_transactions a range of the index by_client, however many have
-- one moment. In a mapped table nothing says that a reference is there once: a cursor counts how many of its own were given.
-- There the page is found by its oldest moment first, so that an index (client, moment) will do where the column is a DATETIME in UTC.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_transactions(
  p_client BIGINT UNSIGNED,
  p_limit INT UNSIGNED,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_from DATETIME(6),
  p_to DATETIME(6))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a page of a client''s transactions from p_from to before p_to (NULL: all), the newest first, as JSON'
BEGIN
  DECLARE v_at LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.api_cursor_text('t1', p_cursor);
  DECLARE v_mapped BOOLEAN DEFAULT FALSE;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_from, v_oldest DATETIME(6) DEFAULT COALESCE(p_from, '0000-01-01');
  DECLARE v_until DATETIME(6) DEFAULT COALESCE(p_to, '9999-12-31 23:59:59.999999');
  DECLARE v_moment DATETIME(6) DEFAULT purser.api_moment(LEFT(v_at, 27));
  DECLARE v_reference LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_tie BOOLEAN DEFAULT FALSE;
  DECLARE v_same, v_skip, v_more, n INT UNSIGNED DEFAULT 0;
  DECLARE v_json, v_next LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- SELECT … INTO takes no lock, as a subquery of SET would
  SELECT MAX(p.currency), EXISTS (SELECT 1 FROM purser.settings WHERE name = 'usage_table') INTO v_currency, v_mapped
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  SET v_next = NULL, v_more = p_limit + 1;
  IF v_moment < v_until THEN
    SET v_until = v_moment, v_reference = SUBSTR(v_at, 29 + LOCATE(' ', SUBSTR(v_at, 29))),
        v_same = SUBSTRING_INDEX(SUBSTR(v_at, 29), ' ', 1), v_tie = TRUE;
    IF v_mapped THEN
      SELECT COUNT(*) INTO v_skip
        FROM (SELECT 1 FROM purser.app_client_usage
               WHERE client_id = p_client AND occurred_at = v_until AND COALESCE(reference, '') = v_reference AND amount IS NOT NULL LIMIT v_same) AS s;
    END IF;
  END IF;
  IF v_mapped THEN
    SET v_more = v_skip + v_more;
    -- BETWEEN: by an equation the server would go down from the client's newest row
    SELECT COALESCE(MIN(s.occurred_at), v_from) INTO v_oldest
      FROM (SELECT occurred_at FROM purser.app_client_usage
             WHERE client_id BETWEEN p_client AND p_client AND occurred_at >= v_from AND occurred_at <= v_until
               AND (occurred_at < v_until OR (v_tie AND occurred_at = v_until AND COALESCE(reference, '') <= v_reference)) AND amount IS NOT NULL
             ORDER BY client_id DESC, occurred_at DESC LIMIT v_more) AS s;
    SET v_more = p_limit + 1;
  END IF;
  SET v_same = v_skip;

  -- the view first: see docs/internals/style.md, "A call that is interrupted"
  FOR t IN (
    SELECT u.reference, u.amount, u.currency, u.occurred_at FROM (
      (SELECT COALESCE(m.reference, '') AS reference, m.amount, m.currency, m.occurred_at
         FROM purser.app_client_usage AS m
        WHERE v_mapped AND m.client_id = p_client AND m.occurred_at >= v_oldest AND m.occurred_at <= v_until
          AND (m.occurred_at < v_until OR (v_tie AND m.occurred_at = v_until AND COALESCE(m.reference, '') <= v_reference))
          AND m.amount IS NOT NULL
        ORDER BY m.occurred_at DESC, COALESCE(m.reference, '') DESC, m.amount LIMIT v_skip, v_more)
      UNION ALL
      (SELECT c.reference, c.amount, c.currency, c.occurred_at
         FROM purser.client_transactions AS c FORCE INDEX (by_client)
        WHERE NOT v_mapped AND c.client_id = p_client AND c.occurred_at >= v_from
          AND (c.occurred_at < v_until OR (c.occurred_at = v_until AND c.reference < v_reference))
        ORDER BY c.occurred_at DESC, c.reference DESC LIMIT v_more)) AS u
     ORDER BY u.occurred_at DESC, u.reference DESC, u.amount)
  DO
    SET n = n + 1;
    IF n > p_limit THEN
      SET v_next = purser.api_cursor(CONCAT('t1 ', JSON_UNQUOTE(purser.api_moment_json(v_until)), ' ', v_same, ' ', v_reference));
    ELSE
      SET v_same = IF(t.occurred_at = v_until AND t.reference = v_reference, v_same, 0) + 1, v_until = t.occurred_at, v_reference = t.reference,
          v_json = CONCAT(v_json, IF(n = 1, '', ','),
            '{"reference":', JSON_QUOTE(t.reference), ',"amount":', purser.api_money_json(t.amount),
            ',"currency":', JSON_QUOTE(COALESCE(t.currency, v_currency)), ',"occurred_at":', purser.api_moment_json(t.occurred_at), '}');
    END IF;
  END FOR;
  RETURN CONCAT('{"data":[', v_json, '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}');
END//
DELIMITER ;
