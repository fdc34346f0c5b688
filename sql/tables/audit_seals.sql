-- One row a seal, without holes; append-only (docs/internals/audit-log.md).
CREATE TABLE IF NOT EXISTS purser.audit_seals (
  id            BIGINT UNSIGNED NOT NULL COMMENT '1, 2, 3, … without holes',
  sealed_at     DATETIME(6)  NOT NULL COMMENT 'UTC',
  tree_size     BIGINT UNSIGNED NOT NULL COMMENT 'Leaves of the tree after it',
  root          BINARY(32)   NOT NULL COMMENT 'Root of the tree after it',
  runs          MEDIUMTEXT   CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Ids of its leaves in the order of their positions: 1-500 502 510-600/2',
  first_id      BIGINT UNSIGNED NULL COMMENT 'The least of them; NULL where it holds none',
  last_id       BIGINT UNSIGNED NULL COMMENT 'The greatest of them',
  closed_to     BIGINT UNSIGNED NOT NULL COMMENT 'No id up to this one will ever be sealed any more',
  pruned_to     BIGINT UNSIGNED NOT NULL COMMENT 'Rows of audit_log with ids up to this one may be gone',
  note          VARCHAR(1024) NULL COMMENT 'Of pruning: who, and why',
  previous_hash BINARY(32)   NULL COMMENT 'Hash of the seal before it; NULL in the first',
  hash          BINARY(32)   NOT NULL COMMENT 'SHA-256 over the columns above',
  checkpoint    TEXT         NOT NULL COMMENT 'Signed note: origin, tree size, root, and the hash of this seal',
  PRIMARY KEY (id),
  KEY idx_audit_seals_first (first_id),
  KEY idx_audit_seals_last (last_id),
  KEY idx_audit_seals_size (tree_size),
  KEY idx_audit_seals_pruned (pruned_to)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Seals over the audit log';
