CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY DEFINER
VIEW purser.outbox_dead AS
SELECT id, channel, kind, subject, attempts, created_at, finished_at, last_error
  FROM purser.outbox
 WHERE state = 'dead';
