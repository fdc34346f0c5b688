-- Written by the triggers that count. docs/internals/clients.md says what the quiet levels are.
CREATE TABLE IF NOT EXISTS purser.client_usage (
  client_id          BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  month              CHAR(7)       NOT NULL COMMENT 'usage_months.month',
  slot               TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Counter: below clients.counter_slots',
  volume             DECIMAL(25,4) NOT NULL DEFAULT 0 COMMENT 'Money, in the currency of the package',
  transactions       BIGINT        NOT NULL DEFAULT 0 COMMENT 'Transactions',
  other_currency     BIGINT        NOT NULL DEFAULT 0 COMMENT 'Transactions among them in another currency, which are not in the volume',
  quiet_volume       DECIMAL(25,4) NOT NULL DEFAULT 0 COMMENT 'Below it nothing new is to be said of this row',
  quiet_transactions BIGINT        NOT NULL DEFAULT 0 COMMENT 'Below it nothing new is to be said of this row',
  due                BOOLEAN       NOT NULL DEFAULT TRUE COMMENT 'The next check looks at it',
  PRIMARY KEY (client_id, month, slot),
  KEY by_due (due, month, client_id),
  KEY by_month (month, client_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What each client used in each month';
