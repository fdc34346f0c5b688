-- text, html and payload are what is sent; a message that is to be sent is a row, which commits with
-- its cause. docs/alerts.md shows how to add one.
CREATE TABLE IF NOT EXISTS purser.outbox (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the message',
  channel         VARCHAR(64)   NOT NULL COMMENT 'alert_channels.name: where it goes',
  kind            VARCHAR(32)   NOT NULL COMMENT 'What it is: alert, test, or the word of whoever puts it there',
  dedup_key       VARCHAR(191)  NOT NULL COMMENT 'What makes it this message: a second row of the same key is refused. Makes the Message-ID and the Idempotency-Key',
  recipient       VARCHAR(1024) NULL COMMENT 'Of a mail: addresses instead of the channel''s; NULL: the channel''s',
  subject         VARCHAR(500)  NOT NULL COMMENT 'One line',
  text            MEDIUMTEXT    NOT NULL COMMENT 'The message',
  html            MEDIUMTEXT    NULL COMMENT 'Of a mail: the same in HTML',
  payload         MEDIUMTEXT    NULL COMMENT 'Of a webhook: an object in JSON, the member data of what is sent',
  state           ENUM('waiting','sent','dead') NOT NULL DEFAULT 'waiting' COMMENT 'dead: given up; last_error says why, outbox_replay sends it again',
  attempts        INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'How often it was tried',
  created_at      DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  next_attempt_at DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: not before',
  give_up_from    DATETIME(6)   NULL COMMENT 'UTC: what outbox_give_up_days counts from; NULL: created_at',
  finished_at     DATETIME(6)   NULL COMMENT 'UTC: when it was sent or given up',
  last_error      VARCHAR(512)  NULL COMMENT 'Why the last try failed; never a secret',
  PRIMARY KEY (id),
  UNIQUE KEY one_message (dedup_key),
  KEY due (state, channel, next_attempt_at),
  KEY by_end (state, finished_at),
  CONSTRAINT dedup_key_is_printable CHECK (dedup_key <> '' AND dedup_key NOT REGEXP '[^!-~]'),
  CONSTRAINT kind_is_a_word CHECK (kind <> '' AND kind NOT REGEXP '[^a-z_]'),
  CONSTRAINT subject_is_one_line CHECK (subject <> '' AND subject NOT REGEXP '[[:cntrl:]]' AND LENGTH(subject) <= 500),
  CONSTRAINT texts_are_not_too_long CHECK (LENGTH(text) <= 1048576 AND COALESCE(LENGTH(html), 0) <= 1048576
    AND COALESCE(LENGTH(payload), 0) <= 1048576),
  CONSTRAINT payload_is_an_object CHECK (payload IS NULL OR JSON_VALID(payload) AND JSON_TYPE(payload) = 'OBJECT'),
  CONSTRAINT recipient_is_addresses CHECK (
    recipient IS NULL OR recipient NOT REGEXP '[[:cntrl:]]' AND recipient REGEXP '^[!-+--?A-~]+@[A-Za-z0-9.-]+( *, *[!-+--?A-~]+@[A-Za-z0-9.-]+)*$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Messages to be sent, sent, and given up';
