-- What purser_rate_limit_policy() goes by; the worker reads it every few seconds.
CREATE TABLE IF NOT EXISTS purser.rate_limit_policies (
  name           VARCHAR(32)  NOT NULL COMMENT 'What the application names',
  max_requests   INT UNSIGNED NOT NULL COMMENT 'Calls within a window; 0: none at all',
  window_seconds INT UNSIGNED NOT NULL COMMENT 'Length of the window; at most 366 days',
  shadow         BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'TRUE: counts what it would refuse, and refuses nothing',
  enabled        BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'FALSE: as if the row were not there',
  note           VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (name),
  CONSTRAINT rate_limit_policies_name CHECK (OCTET_LENGTH(name) BETWEEN 1 AND 32 AND name NOT RLIKE '[[:cntrl:]]'),
  CONSTRAINT rate_limit_policies_window CHECK (window_seconds BETWEEN 1 AND 31622400)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Named rate limits';
