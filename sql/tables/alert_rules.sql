CREATE TABLE IF NOT EXISTS purser.alert_rules (
  name           VARCHAR(64) NOT NULL COMMENT 'Name of the rule',
  what           VARCHAR(80) NOT NULL COMMENT 'A check''s name, or service:NAME for all checks of a service, or * for all',
  severity       ENUM('warning','critical') NOT NULL DEFAULT 'warning' COMMENT 'From which level on',
  channel        VARCHAR(64) NOT NULL COMMENT 'alert_channels.name',
  repeat_minutes INT UNSIGNED NOT NULL DEFAULT 240 COMMENT 'So often is told again what is still so; 0: told once',
  quiet_from     TIME        NULL COMMENT 'Begin of the quiet hours, in purser_time_zone; NULL: none. In them messages wait until the end',
  quiet_until    TIME        NULL COMMENT 'Their end; may lie after midnight',
  quiet_critical BOOLEAN     NOT NULL DEFAULT TRUE COMMENT 'Whether critical goes out in the quiet hours all the same',
  enabled        BOOLEAN     NOT NULL DEFAULT TRUE COMMENT 'While FALSE, it tells nothing, and forgets what it has told',
  PRIMARY KEY (name),
  KEY by_channel (channel),
  CONSTRAINT alert_rule_channel FOREIGN KEY (channel) REFERENCES purser.alert_channels (name),
  CONSTRAINT name_is_not_empty CHECK (name <> '' AND name NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT what_is_a_name CHECK (what NOT REGEXP '[[:cntrl:]]' AND what REGEXP '^([*]|service:[^*]+|[^*:]+)$'),
  CONSTRAINT repeat_is_a_year_at_most CHECK (repeat_minutes <= 527040),
  CONSTRAINT quiet_hours_have_both_ends CHECK (
    quiet_from IS NULL AND quiet_until IS NULL
    OR quiet_from IS NOT NULL AND quiet_until IS NOT NULL AND quiet_from <> quiet_until
       AND quiet_from >= '00:00:00' AND quiet_from < '24:00:00'
       AND quiet_until >= '00:00:00' AND quiet_until <= '24:00:00')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Who is told what';
