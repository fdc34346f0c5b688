DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_audit_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member audit of dashboard_json: how many tables are audited, and the last seal'
RETURN (
  SELECT CONCAT('{"enabled_tables":', (SELECT COUNT(*) FROM purser.audit_tables),
                ',"seals":', COALESCE(s.id, 0), ',"rows":', COALESCE(s.tree_size, 0),
                ',"last_seal_at":', COALESCE(CONCAT('"', DATE_FORMAT(s.sealed_at, '%Y-%m-%dT%H:%i:%sZ'), '"'), 'null'),
                ',"signed":', IF(s.checkpoint LIKE '%\n— %', 'true', 'false'), '}')
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT id, tree_size, sealed_at, checkpoint FROM purser.audit_seals ORDER BY id DESC LIMIT 1) AS s ON TRUE)//
DELIMITER ;
