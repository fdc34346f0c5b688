-- A row goes 24 hours after it was begun: each new one takes a few old ones away.
-- No foreign key: it would lock the client's row, for which its payments wait.
CREATE TABLE IF NOT EXISTS purser.api_idempotency (
  client_id       BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  idempotency_key VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'As the client gave it',
  request_hash    BINARY(32)   NOT NULL COMMENT 'SHA-256 over method, target and body: another request under the same key is refused',
  begun_at        DATETIME(6)  NOT NULL COMMENT 'UTC; after 60 s without an end the same request may begin again',
  ended_at        DATETIME(6)  NULL COMMENT 'UTC; NULL: it is under way, or was killed',
  status          SMALLINT UNSIGNED NULL COMMENT 'HTTP status of the answer',
  body            MEDIUMTEXT   NULL COMMENT 'The answer',
  PRIMARY KEY (client_id, idempotency_key),
  KEY by_begin (begun_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Requests of the client API that are not to be done twice';
