-- What happened to the rows of audited tables. Append-only: its triggers refuse all else.
CREATE TABLE IF NOT EXISTS purser.audit_log (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Given when the row is inserted, seen when its transaction commits',
  table_schema  VARCHAR(64)  NOT NULL COMMENT 'Schema of the audited table',
  table_name    VARCHAR(64)  NOT NULL COMMENT 'Audited table',
  operation     ENUM('INSERT','UPDATE','DELETE') NOT NULL COMMENT 'What was done to its row',
  record_id     MEDIUMTEXT   NULL COMMENT 'Key of the row, of an update the one before it; a JSON array where it has several columns',
  user_id       VARCHAR(255) NULL COMMENT 'The row''s user, where the table has such a column',
  timestamp     DATETIME(6)  NOT NULL COMMENT 'UTC: when the row was changed, by the machine''s clock. Set by a trigger, as the next three and leaf are',
  actor         VARCHAR(255) NULL COMMENT 'The application''s user: @purser_actor',
  account       VARCHAR(385) NOT NULL COMMENT 'SQL account that was logged in, and from where',
  connection_id BIGINT UNSIGNED NOT NULL COMMENT 'Its connection',
  old_values    LONGTEXT     NULL COMMENT 'JSON object: column and value before; NULL for an insert',
  new_values    LONGTEXT     NULL COMMENT 'The same after; NULL for a delete',
  leaf          BINARY(32)   NOT NULL COMMENT 'SHA-256 over all columns but id, as in docs/internals/audit-leaf.md',
  PRIMARY KEY (id),
  KEY idx_audit_log_record (table_schema, table_name, record_id(64)),
  KEY idx_audit_log_time (timestamp)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Changes of audited tables; append-only';
