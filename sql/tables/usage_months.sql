-- Filled by purser.usage_calendar.
CREATE TABLE IF NOT EXISTS purser.usage_months (
  month     CHAR(7)      NOT NULL COMMENT 'YYYY-MM',
  starts_at DATETIME(6)  NOT NULL COMMENT 'UTC: the first moment of the month; it ends where the next begins',
  zone      VARCHAR(64)  NOT NULL COMMENT 'The time zone by which starts_at was computed',
  closed_at DATETIME(6)  NULL COMMENT 'UTC: when purser.reset_monthly_usage was done with it; NULL: open',
  PRIMARY KEY (month),
  UNIQUE KEY one_start (starts_at),
  CONSTRAINT usage_month_is_a_month CHECK (month REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Months in the time zone of the business';
