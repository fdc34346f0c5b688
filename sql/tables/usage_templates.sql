CREATE TABLE IF NOT EXISTS purser.usage_templates (
  name     VARCHAR(32)  NOT NULL COMMENT 'usage_alert',
  language VARCHAR(16)  NOT NULL COMMENT 'As clients.language; en must be there',
  locale   VARCHAR(16)  NOT NULL DEFAULT 'en_US' COMMENT 'By which numbers are written, as FORMAT() knows it',
  subject  VARCHAR(500) NOT NULL COMMENT 'One line with {{variables}}',
  text     TEXT         NOT NULL COMMENT 'The mail with {{variables}}',
  html     TEXT         NULL COMMENT 'The same in HTML: variables are escaped; NULL: text alone',
  PRIMARY KEY (name, language),
  CONSTRAINT template_subject_is_one_line CHECK (subject <> '' AND subject NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT template_language_is_a_tag CHECK (language REGEXP '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Mails of the usage alerts, by language';
