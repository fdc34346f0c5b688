-- The secret is shown once, when the key is made.
CREATE TABLE IF NOT EXISTS purser.client_keys (
  key_id      VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Public number of the key: pk_ and 24 letters and digits',
  client_id   BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  secret_hash BINARY(32)   NOT NULL COMMENT 'SHA-256 of the secret',
  label       VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'What the client calls it',
  created_at  DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  expires_at  DATETIME(6)  NULL COMMENT 'UTC; NULL: never',
  revoked_at  DATETIME(6)  NULL COMMENT 'UTC; NULL: it is good',
  PRIMARY KEY (key_id),
  KEY by_client (client_id, created_at),
  CONSTRAINT client_keys_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT client_key_id_is_a_word CHECK (key_id REGEXP '^pk_[A-Za-z0-9]{24}$'),
  CONSTRAINT client_key_label_is_one_line CHECK (label NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Keys of the client API, as hashes';
