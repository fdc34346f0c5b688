CREATE TABLE IF NOT EXISTS purser.alert_silences (
  what       VARCHAR(80)   NOT NULL COMMENT 'A check''s name, service:NAME, or *',
  until      DATETIME(6)   NOT NULL COMMENT 'UTC: its end',
  created_at DATETIME(6)   NOT NULL COMMENT 'UTC',
  created_by VARCHAR(384)  NOT NULL COMMENT 'Account that asked for it',
  note       VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'Why',
  PRIMARY KEY (what)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What nobody is told of for a while';
