-- The counters are in the plugin's status variables, whose names the server gives in capitals: policies that
-- differ in nothing else are shown with the counters of one of them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_rate_limits_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member rate_limits of dashboard_json: the 20 policies in force that have refused most'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR p IN (
    SELECT c.name, c.allowed, c.denied, c.shadow_denied
      FROM (SELECT p.name,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_allowed')),
                          CAST(s.value AS UNSIGNED), NULL)) AS allowed,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_denied')),
                          CAST(s.value AS UNSIGNED), NULL)) AS denied,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_shadow')),
                          CAST(s.value AS UNSIGNED), NULL)) AS shadow_denied
              FROM (SELECT name FROM purser.rate_limit_policies WHERE enabled ORDER BY name LIMIT 100) AS p
              JOIN (SELECT UPPER(VARIABLE_NAME) AS name, VARIABLE_VALUE AS value FROM information_schema.GLOBAL_STATUS
                     WHERE VARIABLE_NAME LIKE 'PURSER\_RATE\_POLICY\_%') AS s
             GROUP BY p.name) AS c
     WHERE c.allowed IS NOT NULL
     ORDER BY c.denied + c.shadow_denied DESC, c.allowed DESC, c.name
     LIMIT 20)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), '{"policy":', JSON_QUOTE(p.name), ',"allowed":', p.allowed,
      ',"denied":', COALESCE(p.denied, 0), ',"shadow_denied":', COALESCE(p.shadow_denied, 0), '}');
  END FOR;
  RETURN CONCAT('[', v_json, ']');
END//
DELIMITER ;
