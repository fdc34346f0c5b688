-- Each row of p_rows: what usage_check_batch makes of a threshold. A template at a time is filled for all its clients
-- in one statement; the rows of the inner query have the names that usage_template_sql writes. Nothing is held back
-- for a text that is too long: it is cut where the outbox ends; nor for a client whose address was written without the
-- table's checks: the outbox gives that mail up, with a sentence, and the others go.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_mail(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_test VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts the mails of thresholds into the outbox, within the caller''s transaction; p_test: the key of a test. Used by usage_check'
BEGIN
  DECLARE v_kind, v_lead TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_html, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET v_kind = IF(p_test IS NULL, '''usage_alert'', v.dedup_key', CONCAT('''test'', ', QUOTE(p_test))),
      v_lead = IF(p_test IS NULL, '''''', '''[Test] ''');
  FOR template IN (SELECT language, locale, subject, text, html FROM purser.usage_templates WHERE name = 'usage_alert')
  DO
    SET v_html = COALESCE(purser.usage_template_sql(template.html, TRUE), 'NULL');
    SET v_sql = CONCAT('SET STATEMENT check_constraint_checks = 0 FOR
      INSERT INTO purser.outbox (channel, kind, dedup_key, recipient, subject, text, html)
      SELECT ', QUOTE(p_channel), ', ', v_kind, ', v.email,
             REGEXP_REPLACE(LEFT(CONCAT(', v_lead, ',', purser.usage_template_sql(template.subject, FALSE), '), 125), ''[[:cntrl:]]'', '' ''),
             LEFT(', purser.usage_template_sql(template.text, FALSE), ', 262144), LEFT(', v_html, ', 262144)
        FROM (', purser.usage_mail_sql(template.language, template.locale, p_test IS NOT NULL), ') AS v
       ORDER BY v.n');
    EXECUTE IMMEDIATE v_sql USING p_rows;
  END FOR;
END//
DELIMITER ;
