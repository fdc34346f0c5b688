-- On a Galera cluster the nodes compare what keys two transactions have written, and of overrides the keys differ. Two that
-- overlap would both be let through, and the second could not be applied: the cluster stands still. Even those of two
-- clients may meet: to look for an overlap the server locks the next entry of no_overlap, which may be the next client's, and
-- a node that writes a transaction of its own again then waits for one that waits for it. So whatever changes an override
-- changes the one row here as well, by the triggers, and of two nodes that do so at the same time one gets error 1213.
CREATE TABLE IF NOT EXISTS purser.override_lock (
  id      TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT '1',
  changes BIGINT UNSIGNED  NOT NULL COMMENT 'How often an override was made, changed or taken away',
  PRIMARY KEY (id),
  CONSTRAINT override_lock_one_row CHECK (id = 1)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One row, which each change of an override changes';
