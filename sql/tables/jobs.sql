CREATE TABLE IF NOT EXISTS purser.jobs (
  name       VARCHAR(96)  NOT NULL COMMENT 'Kind and gateway, as reconcile:square or sweep:paychangu',
  last_date  DATE         NULL COMMENT 'Of reconcile: last business day that the schedule has asked for',
  failures   INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Failures in a row',
  last_start DATETIME(6)  NULL COMMENT 'UTC',
  last_end   DATETIME(6)  NULL COMMENT 'UTC',
  last_error VARCHAR(1024) NULL COMMENT 'Why the last try failed; NULL when it did not',
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the schedule has done and will do again';
