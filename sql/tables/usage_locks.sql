-- There before a month has a counter, so that those who make the same one take turns by waiting for this row:
-- who waits for a row that is not committed holds the gap when it is rolled back, and of two who hold the gap
-- each waits for the other.
CREATE TABLE IF NOT EXISTS purser.usage_locks (
  client_id BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  slot      TINYINT UNSIGNED NOT NULL COMMENT 'client_usage.slot',
  PRIMARY KEY (client_id, slot),
  CONSTRAINT usage_locks_client FOREIGN KEY (client_id) REFERENCES purser.clients (id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A row for each counter of a client: who makes a month''s counter locks it first';
