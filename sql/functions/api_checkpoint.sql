-- No subquery of RETURN, SET or IF in the functions of the client API: InnoDB would lock what it reads, and wait for who writes it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_checkpoint()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: the last checkpoint of the audit log, as JSON; NULL: nothing is sealed yet'
BEGIN
  FOR s IN (SELECT checkpoint, tree_size, root, sealed_at FROM purser.audit_seals ORDER BY id DESC LIMIT 1)
  DO
    RETURN CONCAT('{"checkpoint":', JSON_QUOTE(s.checkpoint), ',"tree_size":', s.tree_size, ',"root_hash":"', LOWER(HEX(s.root)),
                  '","sealed_at":', purser.api_moment_json(s.sealed_at), '}');
  END FOR;
  RETURN NULL;
END//
DELIMITER ;
