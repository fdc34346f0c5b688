-- Concatenated by hand: JSON_ARRAYAGG cuts at group_concat_max_len of the caller.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limits_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The policies that are enabled and the lists as they are now, as the worker loads them'
BEGIN
  DECLARE v_policies, v_allow, v_deny LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR p IN (SELECT name, max_requests, window_seconds, shadow
              FROM purser.rate_limit_policies WHERE enabled ORDER BY name LIMIT 1001) DO
    SET v_policies = CONCAT(v_policies, IF(v_policies = '', '', ','), '{"name":', JSON_QUOTE(p.name), ',"max_requests":',
      p.max_requests, ',"window_seconds":', p.window_seconds, ',"shadow":', IF(p.shadow, 'true', 'false'), '}');
  END FOR;
  FOR l IN (SELECT identifier, list FROM purser.rate_limit_lists
             WHERE expires_at IS NULL OR expires_at > UTC_TIMESTAMP(6) ORDER BY identifier LIMIT 100001) DO
    IF l.list = 'deny' THEN
      SET v_deny = CONCAT(v_deny, IF(v_deny = '', '', ','), JSON_QUOTE(l.identifier));
    ELSE
      SET v_allow = CONCAT(v_allow, IF(v_allow = '', '', ','), JSON_QUOTE(l.identifier));
    END IF;
  END FOR;
  RETURN CONCAT('{"policies":[', v_policies, '],"allow":[', v_allow, '],"deny":[', v_deny, ']}');
END//
DELIMITER ;
