CREATE TABLE IF NOT EXISTS purser.gateways (
  name     VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL COMMENT 'Name, as in app_payments.gateway and in the secrets file',
  adapter  VARCHAR(32)  NOT NULL COMMENT 'Code that speaks its API: paychangu, square or file',
  base_url VARCHAR(512) NULL COMMENT 'Root of the API: https, or http to a loopback address; NULL for the adapter file',
  enabled  BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'Whether Purser works with it at all',
  settings LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '{}' COMMENT 'JSON object: what differs per gateway (docs/gateways.md lists the keys)',
  PRIMARY KEY (name),
  CONSTRAINT gateways_settings_json CHECK (JSON_VALID(settings)),
  CONSTRAINT gateways_base_url CHECK (base_url IS NULL
    OR base_url LIKE 'https://_%'
    OR base_url REGEXP '^http://(127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|localhost|\\[::1\\])(:[0-9]{1,5})?(/|$)')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The payment gateways that orders are reconciled with';
