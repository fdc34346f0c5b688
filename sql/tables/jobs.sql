CREATE TABLE IF NOT EXISTS purser.jobs (
  name       VARCHAR(96)  NOT NULL COMMENT 'Kind and gateway, as reconcile:square or sweep:paychangu; checkpoint:mail and checkpoint:post; usage; audit is the sealing; report is a row to change first',
  last_date  DATE         NULL COMMENT 'Of reconcile: last business day that the schedule has asked for',
  failures   INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Of sweep and checkpoint: failures in a row',
  last_start DATETIME(6)  NULL COMMENT 'UTC; of reconcile: when it asked last; of sweep: begin of the last one that succeeded; of checkpoint: sealed_at of the seal that was sent last',
  last_end   DATETIME(6)  NULL COMMENT 'UTC; of sweep; of checkpoint: when it was tried last; of reconcile: when runs were made; of report: when one was written',
  last_error VARCHAR(1024) NULL COMMENT 'Of sweep, checkpoint and audit: why the last one failed; NULL when it did not (runs have theirs in reconciliation_runs)',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the schedule has done and will do again';
