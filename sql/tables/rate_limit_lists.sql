CREATE TABLE IF NOT EXISTS purser.rate_limit_lists (
  identifier VARCHAR(255) NOT NULL COMMENT 'As the application gives it to the functions, byte for byte',
  list       ENUM('allow','deny') NOT NULL COMMENT 'allow: always admitted and never counted; deny: always refused; on both: refused',
  expires_at DATETIME(6)  NULL COMMENT 'UTC; NULL: never',
  note       VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (identifier, list),
  CONSTRAINT rate_limit_lists_identifier CHECK (LOCATE(CHAR(0), identifier) = 0)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Identifiers that no rate limit counts';
