-- Without a foreign key to the rules: the recorder must never wait for somebody who edits one.
CREATE TABLE IF NOT EXISTS purser.alerts (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the alert, for alert_acknowledge',
  rule            VARCHAR(64)  NOT NULL COMMENT 'alert_rules.name',
  server          VARCHAR(128) NOT NULL COMMENT 'Server whose check it is, as host:port',
  subject         VARCHAR(64)  NOT NULL COMMENT 'Name of the check',
  level           ENUM('ok','warning','critical') NOT NULL COMMENT 'As it was seen last',
  since           DATETIME(6)  NULL COMMENT 'UTC: since when it fires; NULL: it does not',
  told_state      ENUM('NEW','REPEAT','RESOLVED') NULL COMMENT 'What was told last; NULL: nothing yet',
  told_level      ENUM('ok','warning','critical') NULL COMMENT 'The level that was told last',
  last_told       DATETIME(6)  NULL COMMENT 'UTC: when it was told last',
  repeats         INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'REPEATs since NEW',
  acknowledged_at DATETIME(6)  NULL COMMENT 'UTC: since then it is not repeated, until it is over or gets worse',
  acknowledged_by VARCHAR(384) NULL COMMENT 'Account that acknowledged it',
  note            VARCHAR(1024) NULL COMMENT 'What that account had to say',
  PRIMARY KEY (id),
  UNIQUE KEY one_of_each (server, rule, subject),
  KEY by_rule (rule)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What fires, and what was told of it: kept over restarts';
