-- A batch with an idempotency key is done once: its key is a row of the batch's own transaction.
CREATE TABLE IF NOT EXISTS purser.batch_keys (
  routine         VARCHAR(64)  NOT NULL COMMENT 'Procedure that was called',
  idempotency_key VARCHAR(128) NOT NULL COMMENT 'As the caller gave it',
  batch_hash      CHAR(64)     NOT NULL COMMENT 'SHA-256 of the canonical batch, hexadecimal: another batch under the same key is refused',
  answer          LONGTEXT     NULL COMMENT 'JSON: what the first call answered, for the calls after it',
  requested_by    VARCHAR(384) NOT NULL COMMENT 'Account that was logged in',
  created_at      DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (routine, idempotency_key),
  KEY idx_batch_keys_created (created_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Batches that are not to be done twice';
