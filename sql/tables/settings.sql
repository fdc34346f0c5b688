-- Settings that concern the data, as opposed to the server (those are system variables).
CREATE TABLE IF NOT EXISTS purser.settings (
  name       VARCHAR(64)  NOT NULL COMMENT 'Setting, as in docs/operations.md',
  value      VARCHAR(1024) NOT NULL COMMENT 'Its value, as text',
  updated_at DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'UTC where the session is; informative',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Settings of Purser that belong to the data';
