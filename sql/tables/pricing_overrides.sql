-- The server itself keeps the periods of a client from overlapping.
CREATE TABLE IF NOT EXISTS purser.pricing_overrides (
  id                BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the override',
  client_id         BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  price             DECIMAL(19,4) NULL COMMENT 'A month, in the currency of the package; NULL: the package''s',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'NULL: the package''s',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'NULL: the package''s',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217: of price and volume_limit; while the package has another, the override is not in force',
  starts_at         DATETIME(6)   NOT NULL COMMENT 'UTC: from then on',
  ends_at           DATETIME(6)   NOT NULL COMMENT 'UTC: until then; 9999-12-31 00:00:00: without end',
  reason            VARCHAR(500)  NOT NULL COMMENT 'Why',
  created_at        DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  created_by        VARCHAR(384)  NOT NULL COMMENT 'Account',
  start_seen_at     DATETIME(6)   NULL COMMENT 'UTC: when a check saw that it had begun',
  end_seen_at       DATETIME(6)   NULL COMMENT 'UTC: when a check saw that it had ended',
  PERIOD FOR validity (starts_at, ends_at),
  PRIMARY KEY (id),
  UNIQUE KEY no_overlap (client_id, validity WITHOUT OVERLAPS),
  KEY by_start (start_seen_at, starts_at),
  KEY by_end (end_seen_at, ends_at),
  CONSTRAINT pricing_overrides_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT override_changes_something CHECK (price IS NOT NULL OR volume_limit IS NOT NULL OR transaction_limit IS NOT NULL),
  CONSTRAINT override_is_positive CHECK (COALESCE(price, 0) >= 0 AND COALESCE(volume_limit, 0) >= 0),
  CONSTRAINT override_currency_is_a_code CHECK (currency REGEXP '^[A-Z]{3}$'),
  CONSTRAINT override_reason_is_given CHECK (reason <> '' AND reason NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Prices and limits that one client has for a time';
