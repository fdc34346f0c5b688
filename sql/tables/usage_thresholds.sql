CREATE TABLE IF NOT EXISTS purser.usage_thresholds (
  name_of_set VARCHAR(64)  NOT NULL COMMENT 'default, or a set that packages.thresholds or clients.thresholds names',
  threshold   DECIMAL(5,2) NOT NULL COMMENT 'Percent of the limit',
  alert_type  VARCHAR(32)  NOT NULL COMMENT 'What it is called in alerts and mails',
  PRIMARY KEY (name_of_set, threshold),
  CONSTRAINT threshold_set_is_a_word CHECK (name_of_set REGEXP '^[A-Za-z0-9_-]+$' AND name_of_set NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT threshold_is_1_to_999 CHECK (threshold BETWEEN 1 AND 999),
  CONSTRAINT threshold_type_is_plain CHECK (alert_type <> '' AND alert_type NOT REGEXP '[[:cntrl:]]|[{][{]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Thresholds of usage, in sets';
