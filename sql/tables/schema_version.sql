CREATE TABLE IF NOT EXISTS purser.schema_version (
  id           TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'Always 1: the table has one row',
  version      INT UNSIGNED NOT NULL COMMENT 'Version of this schema; the plugin works with exactly one',
  release_name VARCHAR(32)  NOT NULL COMMENT 'Release of Purser that installed it',
  installed_at DATETIME(6)  NOT NULL COMMENT 'UTC time of the first installation',
  upgraded_at  DATETIME(6)  NOT NULL COMMENT 'UTC time of the last run of install.sql that changed the version',
  PRIMARY KEY (id),
  CONSTRAINT schema_version_one_row CHECK (id = 1)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The version of the schema that is installed';
