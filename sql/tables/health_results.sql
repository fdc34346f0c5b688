CREATE TABLE IF NOT EXISTS purser.health_results (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the result',
  server      VARCHAR(128) NOT NULL COMMENT 'Server that has looked: host name and port',
  name        VARCHAR(64)  NOT NULL COMMENT 'health_checks.name',
  service     VARCHAR(64)  NOT NULL COMMENT 'What the check belonged to',
  checked_at  DATETIME(6)  NOT NULL COMMENT 'UTC time of the look',
  level       ENUM('unknown', 'ok', 'warning', 'critical') NOT NULL COMMENT 'Level after it, damped',
  raw         ENUM('unknown', 'ok', 'warning', 'critical') NOT NULL COMMENT 'Level of this look alone',
  value       DOUBLE       NULL COMMENT 'What was found; NULL: no number',
  unit        VARCHAR(16)  NOT NULL DEFAULT '' COMMENT 'Unit of the value',
  duration_ms DECIMAL(12,3) NOT NULL COMMENT 'How long the look took',
  message     VARCHAR(255) NOT NULL COMMENT 'What was found, in words; may be shown to anybody',
  detail      TEXT         NULL COMMENT 'More of it for a DBA, as the error of the server; NULL: there is no more',
  parts       LONGTEXT     NULL COMMENT 'JSON array of what was looked at: name, level, message, latency_us; NULL: one thing only',
  PRIMARY KEY (id),
  KEY by_check (name, server, checked_at),
  KEY by_time (checked_at),
  CONSTRAINT health_results_parts CHECK (parts IS NULL OR JSON_VALID(parts))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the health checks have found: each change, and a row every few minutes';
