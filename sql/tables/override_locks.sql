-- On a Galera cluster two nodes may write overlapping overrides before either knows of the other's, and there nothing
-- else keeps them apart: the nodes compare what keys two transactions have written, and the keys differ. Where the second
-- is then applied it breaks no_overlap, and the cluster stands still. So each override changes the row of its client here,
-- by the triggers, and one of the two gets error 1213.
CREATE TABLE IF NOT EXISTS purser.override_locks (
  client_id BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  changes   BIGINT UNSIGNED NOT NULL COMMENT 'How often an override of the client was made or moved',
  PRIMARY KEY (client_id),
  CONSTRAINT override_locks_client FOREIGN KEY (client_id) REFERENCES purser.clients (id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A row for each client with overrides, which each of them changes';
