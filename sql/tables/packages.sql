CREATE TABLE IF NOT EXISTS purser.packages (
  name              VARCHAR(64)   NOT NULL COMMENT 'As clients and people call it: letters, digits, blanks, . _ + and -',
  position          INT UNSIGNED  NOT NULL COMMENT 'Order of upgrade: the next larger package has the next number',
  description       VARCHAR(255)  NOT NULL DEFAULT '' COMMENT 'One line for people',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'Money a month; NULL: no limit',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'Transactions a month; NULL: no limit',
  price             DECIMAL(19,4) NOT NULL COMMENT 'A month',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217: of the price and of the volume',
  thresholds        VARCHAR(64)   NOT NULL DEFAULT 'default' COMMENT 'usage_thresholds.name_of_set',
  hard_stop         BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'purser_usage_allowed says no to what would go over a limit',
  offered           BOOLEAN       NOT NULL DEFAULT TRUE COMMENT 'May be recommended and switched to',
  limits_changed_at DATETIME(6)   NULL COMMENT 'UTC: its clients are to be looked at again; NULL: they were',
  PRIMARY KEY (name),
  UNIQUE KEY one_position (position),
  CONSTRAINT package_name_is_plain CHECK (name REGEXP '^[A-Za-z0-9][A-Za-z0-9 ._+-]*$' AND name NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT package_text_is_plain CHECK (description NOT REGEXP '[[:cntrl:]]|[{][{]'),
  CONSTRAINT package_limits_are_positive CHECK (COALESCE(volume_limit, 0) >= 0 AND price >= 0),
  CONSTRAINT package_currency_is_a_code CHECK (currency REGEXP '^[A-Z]{3}$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Packages: limits a month and their price';
