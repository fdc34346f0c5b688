-- The clustered key is the order in which a day is matched: one range scan, no sort.
CREATE TABLE IF NOT EXISTS purser.gateway_transactions (
  gateway                VARCHAR(64)  NOT NULL COMMENT 'gateways.name',
  business_date          DATE         NOT NULL COMMENT 'Day of created_at in purser_time_zone',
  transaction_ref        VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'The merchant''s reference, byte for byte; empty where the gateway has none',
  kind                   ENUM('payment','refund') NOT NULL COMMENT 'What the record is',
  gateway_transaction_id VARCHAR(191) NOT NULL COMMENT 'The gateway''s own identifier',
  parent_id              VARCHAR(191) NULL COMMENT 'Of a refund: gateway_transaction_id of its payment',
  status                 ENUM('captured','authorized','pending','failed','cancelled','refunded','not_found','unknown') NOT NULL COMMENT 'Normalised status; not_found: asked for by reference, and the gateway does not know it',
  raw_status             VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'The gateway''s own word',
  amount                 DECIMAL(19,4) NOT NULL COMMENT 'Gross amount in major units, positive also for refunds',
  currency               VARCHAR(3)   NOT NULL DEFAULT '' COMMENT 'ISO 4217 code',
  fee                    DECIMAL(19,4) NULL COMMENT 'The gateway''s fee, where it says one',
  refunded               DECIMAL(19,4) NULL COMMENT 'Refunded to date, where the payment itself says so',
  created_at             DATETIME(6)  NOT NULL COMMENT 'UTC, by the gateway''s clock',
  completed_at           DATETIME(6)  NULL COMMENT 'UTC',
  updated_at             DATETIME(6)  NULL COMMENT 'UTC',
  source                 ENUM('api','file') NOT NULL COMMENT 'Where we have it from',
  order_claims           BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'Of an answer about one order: the order said that money had come when it was read, before the gateway was asked',
  run_id                 BIGINT UNSIGNED NULL COMMENT 'Run that read it last; NULL for an import',
  read_at                DATETIME(6)  NOT NULL COMMENT 'UTC time of that reading',
  PRIMARY KEY (gateway, business_date, transaction_ref, kind, gateway_transaction_id),
  UNIQUE KEY by_id (gateway, kind, gateway_transaction_id),
  KEY by_ref (gateway, transaction_ref)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the gateways say, one row a payment or refund';
