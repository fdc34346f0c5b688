-- What the constraint target_fits_kind cannot say: whether the library will be able to use it
-- (mail_check_address, url_parse, split_target).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_need_target(
  IN p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_target TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where nothing can ever be delivered to a target. Used by triggers'
BEGIN
  DECLARE v_rest TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(p_target, ',');
  DECLARE v_part, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count INT DEFAULT 0;

  IF p_target REGEXP '[[:cntrl:]]' THEN -- the constraint of that name says so
    SET v_rest = '';
  ELSEIF p_kind = 'mail' THEN
    WHILE v_rest <> '' AND v_why IS NULL DO
      SET v_part = TRIM(SUBSTRING_INDEX(v_rest, ',', 1)), v_count = v_count + 1;
      SET v_rest = SUBSTR(v_rest, LOCATE(',', v_rest) + 1);
      IF LENGTH(v_part) > 254 OR v_part NOT REGEXP CONCAT('^(?=[^@]{1,64}@)',
           '[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@',
           '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$') THEN
        SET v_why = CONCAT('target: ''', LEFT(v_part, 60), ''' is not an address of the form name@example.com');
      ELSEIF v_count > 20 THEN
        SET v_why = 'target has more than 20 addresses';
      END IF;
    END WHILE;
  ELSEIF p_kind = 'webhook' AND p_target REGEXP '^https?://' THEN
    SET v_rest = SUBSTR(p_target, LOCATE('://', p_target) + 3);
    SET v_part = REGEXP_SUBSTR(v_rest, '^[^/?#]*');
    SET v_rest = SUBSTR(v_rest, LENGTH(v_part) + 1);
    IF v_part LIKE '%@%' THEN
      SET v_why = 'target: the URL must not hold a user name or password';
    ELSEIF v_part NOT REGEXP '^([A-Za-z0-9._-]+|[[][0-9A-Fa-f:.]+[]])(:.*)?$' THEN
      SET v_why = 'target: the URL names no host (a name in ASCII, or an address)';
    ELSEIF v_part REGEXP '^[^[]*:|]:' AND NOT (v_part REGEXP ':[0-9]{1,5}$' AND SUBSTRING_INDEX(v_part, ':', -1) BETWEEN 1 AND 65535) THEN
      SET v_why = 'target: the URL''s port is not a number from 1 to 65535';
    ELSEIF v_rest REGEXP '^[?]|#' THEN
      SET v_why = 'target: the URL has a ''?'' where its path should begin, or a ''#''';
    END IF;
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;
