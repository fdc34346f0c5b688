-- What purser.apply_constraints has added, and nothing else: written before the DDL.
CREATE TABLE IF NOT EXISTS purser.constraint_objects (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Order in which they were added',
  schema_name VARCHAR(64)  NOT NULL COMMENT 'Schema of the shop',
  table_name  VARCHAR(64)  NOT NULL COMMENT 'Table that it was added to',
  object_type ENUM('column', 'index', 'check', 'foreign_key') NOT NULL COMMENT 'What it is; a column is virtual and invisible',
  object_name VARCHAR(64)  NOT NULL COMMENT 'Its name',
  rule_name   VARCHAR(40)  NOT NULL COMMENT 'constraint_rules.name',
  phase       ENUM('adding', 'applied') NOT NULL DEFAULT 'adding' COMMENT 'adding: not known to be there, or not verified',
  clause      TEXT         NULL COMMENT 'Of a CHECK: as the server shows it',
  added_by    VARCHAR(384) NOT NULL COMMENT 'Account that called apply_constraints',
  added_at    DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (id),
  UNIQUE KEY constraint_objects_object (schema_name, table_name, object_type, object_name),
  KEY constraint_objects_rule (rule_name, schema_name),
  CONSTRAINT constraint_objects_name CHECK (object_name LIKE 'purser|_%' ESCAPE '|')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What apply_constraints has added to a shop';
