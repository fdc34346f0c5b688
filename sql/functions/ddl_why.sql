-- With wsrep_OSU_method = RSU, or with wsrep_on = OFF, a session's DDL stays on its node of a Galera
-- cluster, and what the others write goes past a trigger or a constraint.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.ddl_why(
  p_would TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Why this session must make no trigger and no constraint, or NULL: its DDL stays on this node of the cluster'
BEGIN
  RETURN (SELECT CONCAT('what this session alters, it alters on this node of the cluster alone, and what the others write would ',
                        p_would, ': SET SESSION wsrep_on = ON, SESSION wsrep_OSU_method = ''TOI''')
           WHERE EXISTS (SELECT 1 FROM information_schema.GLOBAL_VARIABLES
                          WHERE VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON')
             AND EXISTS (SELECT 1 FROM information_schema.SESSION_VARIABLES
                          WHERE (VARIABLE_NAME, VARIABLE_VALUE) IN (('WSREP_OSU_METHOD', 'RSU'), ('WSREP_ON', 'OFF'))));
END//
DELIMITER ;
