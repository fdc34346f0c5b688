CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY DEFINER
VIEW purser.firing_alerts AS
SELECT id, rule, server, subject, level, since, told_state, told_level, last_told, repeats,
       acknowledged_at, acknowledged_by, note
  FROM purser.alerts
 WHERE since IS NOT NULL;
