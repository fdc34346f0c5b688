-- What shall hold in the shop; a DBA adds rows. The plan is in docs/internals/constraints.md.
CREATE TABLE IF NOT EXISTS purser.constraint_rules (
  name         VARCHAR(40)  NOT NULL COMMENT 'Name of the rule: a-z, 0-9 and _',
  kind         ENUM('unique', 'check', 'foreign_key') NOT NULL COMMENT 'What kind of constraint',
  table_name   VARCHAR(64)  NOT NULL COMMENT 'Table of the shop',
  column_names VARCHAR(2048) NULL COMMENT 'unique, foreign_key: JSON array of column names',
  nulls        ENUM('distinct', 'equal') NOT NULL DEFAULT 'distinct' COMMENT 'unique: whether NULL equals NULL',
  expression   VARCHAR(2048) NULL COMMENT 'check: what must not be false; {name} is the list of that setting',
  ref_table    VARCHAR(64)  NULL COMMENT 'foreign_key: the table referred to',
  ref_columns  VARCHAR(2048) NULL COMMENT 'foreign_key: JSON array of its columns',
  on_delete    ENUM('RESTRICT', 'CASCADE', 'SET NULL') NOT NULL DEFAULT 'RESTRICT' COMMENT 'foreign_key: what becomes of the row when the one referred to is deleted',
  enabled      BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'FALSE: apply leaves it out',
  description  VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (name),
  CONSTRAINT constraint_rules_name CHECK (name RLIKE '^[a-z0-9_]{1,40}$'),
  CONSTRAINT constraint_rules_columns CHECK (column_names IS NULL OR (JSON_VALID(column_names) AND JSON_TYPE(column_names) = 'ARRAY' AND JSON_LENGTH(column_names) BETWEEN 1 AND 16)),
  CONSTRAINT constraint_rules_ref_columns CHECK (ref_columns IS NULL OR (JSON_VALID(ref_columns) AND JSON_TYPE(ref_columns) = 'ARRAY' AND JSON_LENGTH(ref_columns) = JSON_LENGTH(column_names))),
  CONSTRAINT constraint_rules_shape CHECK (
    (kind = 'check') = (expression IS NOT NULL) AND (kind <> 'check') = (column_names IS NOT NULL)
    AND (kind = 'foreign_key') = (ref_table IS NOT NULL) AND (kind = 'foreign_key') = (ref_columns IS NOT NULL))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Constraints that the shop shall have';
