DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_items(
  p_batch LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: the array of a canonical batch, whose member items is the last'
BEGIN
  DECLARE v_from INT UNSIGNED DEFAULT LOCATE('"items":[', p_batch) + 8;
  RETURN IF(LEFT(p_batch, 1) = '[', p_batch, SUBSTRING(p_batch, v_from, CHAR_LENGTH(p_batch) - v_from));
END//
DELIMITER ;
