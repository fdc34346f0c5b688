DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.counts_json(
  p_prefix VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_internal BIGINT UNSIGNED, p_gateway BIGINT UNSIGNED,
  p_matched BIGINT UNSIGNED, p_discrepancies BIGINT UNSIGNED)
  RETURNS VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The members that a report has for a set of counts, without the braces; prefix is total_ or nothing'
RETURN CONCAT(
  '"', p_prefix, 'internal_records":', p_internal,
  ',"', p_prefix, 'gateway_records":', p_gateway,
  ',"', p_prefix, 'matched":', p_matched,
  ',"', p_prefix, 'discrepancies":', p_discrepancies,
  ',"match_rate":', purser.percent(p_matched, p_internal),
  ',"discrepancy_rate":', purser.percent(p_discrepancies, p_internal))//
DELIMITER ;
