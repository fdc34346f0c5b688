CREATE TABLE IF NOT EXISTS purser.reconciliation_reports (
  id           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the report',
  report_date  DATE        NOT NULL COMMENT 'Business day',
  results_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'summary, gateways, discrepancies (docs/reconciliation.md)',
  created_at   DATETIME(6) NOT NULL COMMENT 'UTC time of the first report of the day',
  updated_at   DATETIME(6) NOT NULL COMMENT 'UTC time at which its content changed last',
  PRIMARY KEY (id),
  UNIQUE KEY one_a_day (report_date),
  CONSTRAINT reconciliation_reports_json CHECK (JSON_VALID(results_json))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The result of a day over all gateways, as JSON';
