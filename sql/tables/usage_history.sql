CREATE TABLE IF NOT EXISTS purser.usage_history (
  client_id         BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  month             CHAR(7)       NOT NULL COMMENT 'usage_months.month',
  package           VARCHAR(64)   NOT NULL COMMENT 'packages.name at the end of the month',
  volume            DECIMAL(25,4) NOT NULL COMMENT 'Money used',
  transactions      BIGINT        NOT NULL COMMENT 'Transactions used',
  other_currency    BIGINT        NOT NULL COMMENT 'Transactions among them that are not in the volume',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'Limit at the end of the month, overrides considered; NULL: none',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'Limit at the end of the month, overrides considered; NULL: none',
  price             DECIMAL(19,4) NOT NULL COMMENT 'Price at the end of the month, overrides considered',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217',
  override_id       BIGINT UNSIGNED NULL COMMENT 'pricing_overrides.id that was in force; NULL: none',
  closed_at         DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (client_id, month),
  KEY by_month (month, client_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Usage of closed months';
