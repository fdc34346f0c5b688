-- Reads an expression token by token. It refuses more than the server would: what it lets through may be
-- put between the parentheses of CHECK (…) and of a SELECT that runs with the rights of somebody else.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_clause(
  p_expression TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_strict BOOLEAN)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An expression in the form in which two are compared; strict: an error where it is none for a CHECK'
BEGIN
  DECLARE v_rest TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT TRIM(p_expression);
  DECLARE v_out TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_token, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  -- The token before, in lower case where it is a word; NULL after anything else than a word or a name.
  DECLARE v_word TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_gap BOOLEAN DEFAULT FALSE;
  DECLARE v_depth INT DEFAULT 0;

  IF p_strict AND (v_rest IS NULL OR v_rest = '') THEN
    SET v_why = 'it is empty';
  END IF;
  -- What is closed by a parenthesis of ours must not be swallowed by a comment or a literal without end.
  WHILE v_why IS NULL AND v_rest <> '' DO
    SET v_token = REGEXP_SUBSTR(v_rest, CONCAT('^(?s)(?:[ \\t\\r\\n]++|`(?:[^`]|``)++`',
      '|''(?:[^''\\\\]|\\\\.|'''')*+''|"(?:[^"\\\\]|\\\\.|"")*+"',
      '|0[xX][0-9a-fA-F]++|[0-9]++(?:\\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?|\\.[0-9]++',
      '|[A-Za-z_$\\x{80}-\\x{10FFFF}][A-Za-z0-9_$\\x{80}-\\x{10FFFF}]*+|.)'));
    SET v_rest = SUBSTR(v_rest, CHAR_LENGTH(v_token) + 1);
    IF LEFT(v_token, 1) IN (' ', '\t', '\r', '\n') THEN
      SET v_token = '', v_gap = TRUE;
    ELSEIF LEFT(v_token, 1) = '`' AND CHAR_LENGTH(v_token) > 2 THEN
      IF v_token RLIKE '^`[A-Za-z_][A-Za-z0-9_]*`$' THEN
        SET v_token = LOWER(TRIM(BOTH '`' FROM v_token));
      END IF;
      SET v_word = '`', v_gap = FALSE;
    ELSEIF LEFT(v_token, 1) IN ('''', '"') AND CHAR_LENGTH(v_token) > 1 THEN
      SET v_word = NULL;
    ELSEIF v_token RLIKE '^[.]?[0-9]' THEN
      IF p_strict AND ((LEFT(v_token, 1) = '.' AND v_word IS NOT NULL AND NOT v_gap) OR v_rest RLIKE '^[A-Za-z_$`.\\x{80}-\\x{10FFFF}]') THEN
        SET v_why = CONCAT('at ', QUOTE(v_token), ' is neither a number nor a name');
      END IF;
      SET v_word = NULL;
    ELSEIF v_token RLIKE '^[A-Za-z_$\\x{80}-\\x{10FFFF}]' THEN
      SET v_token = LOWER(v_token), v_word = v_token, v_gap = FALSE;
      IF p_strict AND v_token IN ('select', 'with', 'value', 'values', 'table', 'into', 'over', 'procedure', 'union',
                                  'except', 'intersect', 'from', 'where', 'match', 'for', 'row') THEN
        SET v_why = CONCAT('the word ', UPPER(v_token), ' may not be in it (a column of that name goes in back quotes)');
      END IF;
    ELSEIF v_token = '(' THEN
      SET v_depth = v_depth + 1;
      -- With a blank before the parenthesis some names of functions are those of stored functions.
      IF p_strict AND v_word IS NOT NULL AND v_word NOT IN ('in', 'and', 'or', 'not', 'xor', 'between', 'like', 'rlike',
           'regexp', 'case', 'when', 'then', 'else', 'div', 'mod', 'binary')
         AND (v_gap OR v_word NOT IN (
           'cast', 'convert', 'char', 'varchar', 'decimal', 'double', 'float', 'datetime', 'time', 'date', 'interval',
           -- functions that read nothing but their arguments
           'abs', 'ceil', 'ceiling', 'char_length', 'character_length', 'coalesce', 'concat', 'crc32', 'datediff', 'day',
           'dayofmonth', 'dayofweek', 'dayofyear', 'field', 'find_in_set', 'floor', 'greatest', 'hex', 'hour', 'if',
           'ifnull', 'instr', 'isnull', 'json_contains', 'json_exists', 'json_extract', 'json_length', 'json_type',
           'json_unquote', 'json_valid', 'json_value', 'last_day', 'lcase', 'least', 'left', 'length', 'locate', 'lower',
           'ltrim', 'minute', 'month', 'nullif', 'octet_length', 'position', 'quarter', 'regexp_instr', 'replace', 'right',
           'round', 'rtrim', 'second', 'sign', 'strcmp', 'substr', 'substring', 'substring_index', 'time_to_sec',
           'to_days', 'trim', 'truncate', 'ucase', 'upper', 'weekday', 'year')) THEN
        SET v_why = CONCAT('the function ', IF(v_word = '`', 'in back quotes', LEFT(v_word, 64)), IF(v_gap, ' with a blank after it', ''), ' may not be in it');
      END IF;
      SET v_word = NULL;
    ELSEIF v_token = ')' THEN
      SET v_depth = v_depth - 1, v_word = NULL;
      IF p_strict AND v_depth < 0 THEN
        SET v_why = 'a parenthesis is closed that was not opened';
      END IF;
    ELSE
      IF p_strict AND (INSTR('+-*/%,<>=!&|^~', v_token) = 0
                       OR (v_token = '-' AND LEFT(v_rest, 1) = '-') OR (v_token = '/' AND LEFT(v_rest, 1) = '*')) THEN
        SET v_why = CONCAT(QUOTE(CONCAT(v_token, LEFT(v_rest, 1))), ' may not be in it');
      END IF;
      SET v_word = NULL;
    END IF;
    SET v_out = CONCAT(v_out, v_token);
  END WHILE;
  IF p_strict AND v_why IS NULL AND v_depth > 0 THEN
    SET v_why = 'a parenthesis is not closed';
  END IF;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(CONCAT('expression: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_out;
END//
DELIMITER ;
