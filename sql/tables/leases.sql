CREATE TABLE IF NOT EXISTS purser.leases (
  name       VARCHAR(96)  NOT NULL COMMENT 'What only one server may do at a time, as reconcile:square',
  owner      VARCHAR(128) NOT NULL COMMENT 'Server that holds it',
  expires_at DATETIME(6)  NOT NULL COMMENT 'UTC; a lease that has expired can be taken by any server',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Who runs what, so that of several servers only one does';
