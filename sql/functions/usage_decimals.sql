-- The currencies of ISO 4217 that have not two; udf/currency.c has the same.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_decimals(
  p_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TINYINT
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Decimals with which an amount of a currency is written'
RETURN CASE
  WHEN p_currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
  WHEN p_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
  WHEN p_currency IN ('CLF', 'UYW') THEN 4
  ELSE 2 END//
DELIMITER ;
