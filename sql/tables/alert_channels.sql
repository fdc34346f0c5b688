CREATE TABLE IF NOT EXISTS purser.alert_channels (
  name            VARCHAR(64)   NOT NULL COMMENT 'As the rules, the outbox and the secrets file call it: letters, digits, _ and -',
  kind            ENUM('mail','webhook') NOT NULL COMMENT 'How it is delivered',
  target          VARCHAR(1024) NOT NULL COMMENT 'Of mail: addresses with commas between them. Of a webhook: its https:// URL, or the word secret: then it is webhook_urls.<name> in the secrets file',
  format          ENUM('json','slack') NOT NULL DEFAULT 'json' COMMENT 'Of a webhook: the form of its body (docs/alerts.md)',
  concurrency     TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'Messages under way at a time, at most; with 1 they come in their order, but for those that are tried again',
  rate_per_minute SMALLINT UNSIGNED NOT NULL DEFAULT 60 COMMENT 'Messages a minute, at most, evenly spaced; 0: no limit',
  enabled         BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'While FALSE, its messages wait in the outbox',
  PRIMARY KEY (name),
  CONSTRAINT name_is_a_word CHECK (name <> '' AND name NOT REGEXP '[^A-Za-z0-9_-]'),
  CONSTRAINT target_has_no_control_character CHECK (target NOT REGEXP '[[:cntrl:]]'), -- a $ lets a last line break pass
  CONSTRAINT target_fits_kind CHECK (
    kind = 'mail' AND target REGEXP '^[!-+--?A-~]+@[A-Za-z0-9.-]+( *, *[!-+--?A-~]+@[A-Za-z0-9.-]+)*$'
    OR kind = 'webhook' AND (target = 'secret' OR target REGEXP '^https://[^@/?# ]+([/?][!-~]*)?$'
      OR target REGEXP '^http://(localhost|127[.][0-9.]+|[[]::1[]])(:[0-9]+)?([/?][!-~]*)?$')),
  CONSTRAINT concurrency_is_1_to_16 CHECK (concurrency BETWEEN 1 AND 16)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Where messages go';
