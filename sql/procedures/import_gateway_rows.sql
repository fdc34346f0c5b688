-- The content goes on as bytes, so that what is not UTF-8 is refused by the parser and not turned
-- into question marks here.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.import_gateway_rows(
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_content LONGBLOB)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Stores a merchant''s export, given as CSV or JSON text; all rows or none'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_days TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF @@in_transaction = 1 THEN
    SET v_why = 'An import cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  ELSEIF COALESCE(p_gateway, '') = '' THEN
    SET v_why = 'p_gateway is missing: name the gateway that the records are of';
  ELSEIF COALESCE(LENGTH(p_content), 0) = 0 THEN
    SET v_why = 'There is nothing to import: the content is empty';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('import', JSON_OBJECT('gateway', p_gateway), USER(), p_content) USING utf8mb4)
    INTO v_answer;
  IF v_answer IS NULL OR JSON_VALUE(v_answer, '$.records') IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;

  FOR d IN (SELECT a.day
              FROM JSON_TABLE(v_answer, '$.days[*]' COLUMNS (
                day VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS a
             ORDER BY a.day)
  DO
    SET v_days = CONCAT(v_days, IF(v_days = '', '', ', '), d.day);
  END FOR;
  SELECT p_gateway AS gateway,
         CAST(JSON_VALUE(v_answer, '$.records') AS UNSIGNED) AS records,
         v_days AS days,
         CONCAT(JSON_VALUE(v_answer, '$.stored'), ' rows stored; CALL purser.reconcile(day, ',
                QUOTE(p_gateway), ') compares a day with the orders') AS note;
END//
DELIMITER ;
