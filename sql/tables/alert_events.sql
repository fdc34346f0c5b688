CREATE TABLE IF NOT EXISTS purser.alert_events (
  id     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the event',
  at     DATETIME(6)   NOT NULL COMMENT 'UTC',
  actor  VARCHAR(384)  NOT NULL COMMENT 'Account that did it',
  action ENUM('acknowledge','silence','unsilence','replay','test') NOT NULL COMMENT 'What was done',
  what   VARCHAR(512)  NOT NULL COMMENT 'To what: rule, server and check; what was silenced; the messages; the channel',
  note   VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'What was said to it',
  PRIMARY KEY (id),
  KEY by_time (at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What people have done about alerts and messages';
