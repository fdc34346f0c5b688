DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limits_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The policies that are enabled and the lists as they are now, as the worker loads them'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_policies, v_allow, v_deny LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;
  -- cut by GROUP_CONCAT, or by CONCAT
  DECLARE EXIT HANDLER FOR 1260, 1301
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    SET v_why = CONCAT('the policies and lists of rate limits are together longer than max_allowed_packet (',
      @@max_allowed_packet, ' bytes): list less, or raise it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;

  SET SESSION group_concat_max_len = 1073741824;
  SELECT GROUP_CONCAT('{"name":', JSON_QUOTE(name), ',"max_requests":', max_requests, ',"window_seconds":',
                      window_seconds, ',"shadow":', IF(shadow, 'true', 'false'), '}' ORDER BY name)
    INTO v_policies
    FROM purser.rate_limit_policies
   WHERE enabled;
  -- Not sorted: that took seven times as long, and the primary key has them in order. Another order would only be
  -- loaded once more.
  SELECT GROUP_CONCAT(IF(list = 'allow', JSON_QUOTE(identifier), NULL)),
         GROUP_CONCAT(IF(list = 'deny', JSON_QUOTE(identifier), NULL))
    INTO v_allow, v_deny
    FROM purser.rate_limit_lists
   WHERE expires_at IS NULL OR expires_at > UTC_TIMESTAMP(6);
  SET SESSION group_concat_max_len = v_old;
  RETURN CONCAT('{"policies":[', COALESCE(v_policies, ''), '],"allow":[', COALESCE(v_allow, ''),
                '],"deny":[', COALESCE(v_deny, ''), ']}');
END//
DELIMITER ;
