-- Written by purser.audit_enable and audit_disable alone.
CREATE TABLE IF NOT EXISTS purser.audit_tables (
  table_schema VARCHAR(64)  NOT NULL COMMENT 'Schema of the audited table',
  table_name   VARCHAR(64)  NOT NULL COMMENT 'Audited table',
  all_columns  BOOLEAN      NOT NULL COMMENT 'Whether every column was asked for that is not ignored: then one that is new is missed',
  columns      LONGTEXT     NOT NULL COMMENT 'JSON array: the columns that are logged, in the order of the table',
  ignored      LONGTEXT     NOT NULL COMMENT 'JSON array: those that are not, of all',
  masked       LONGTEXT     NOT NULL COMMENT 'JSON array: those of which a hash is logged',
  key_columns  LONGTEXT     NOT NULL COMMENT 'JSON array: what record_id is made of',
  user_column  VARCHAR(64)  NULL COMMENT 'Where user_id comes from',
  mask_salt    CHAR(32)     NOT NULL COMMENT 'Goes into the hashes of masked values; kept as long as this row. No secret: the triggers show it',
  triggers     LONGTEXT     NOT NULL COMMENT 'JSON object: operation, and SHA-256 over its trigger as it was made',
  layout_hash  CHAR(64)     NOT NULL COMMENT 'SHA-256 over names, types and order of the table''s columns then, hexadecimal',
  enabled_at   DATETIME(6)  NOT NULL COMMENT 'UTC; when it was enabled last',
  enabled_by   VARCHAR(385) NOT NULL COMMENT 'Account that did so',
  PRIMARY KEY (table_schema, table_name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Tables that are audited, and how';
