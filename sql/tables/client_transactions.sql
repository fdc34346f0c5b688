-- For an application that has no table of its own (then: purser.map_usage).
CREATE TABLE IF NOT EXISTS purser.client_transactions (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the transaction',
  client_id   BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  reference   VARCHAR(128)  NOT NULL COMMENT 'Whatever tells it from the client''s others: a second one is refused',
  amount      DECIMAL(19,4) NOT NULL COMMENT 'Money; below zero (a refund) it lowers the volume and counts as no transaction',
  currency    CHAR(3)       NULL COMMENT 'ISO 4217; NULL: that of the client''s package, any other is refused',
  occurred_at DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: decides on the month',
  created_at  DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: when it was written here',
  PRIMARY KEY (id),
  UNIQUE KEY one_reference (reference, client_id),
  KEY by_client (client_id, occurred_at, reference),
  CONSTRAINT client_transactions_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT client_reference_is_one_line CHECK (reference <> '' AND reference NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Transactions of clients; triggers count them';
