DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_items(
  p_batch LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: the array of a canonical batch, whose member items is the last'
BEGIN
  -- a quote within a string has a backslash before it: the name is found nowhere else
  DECLARE v_from INT DEFAULT LOCATE('"items":[', p_batch) + 8;
  IF LEFT(p_batch, 1) = '[' THEN
    RETURN p_batch;
  END IF;
  RETURN SUBSTRING(p_batch, v_from, CHAR_LENGTH(p_batch) - v_from);
END//
DELIMITER ;
