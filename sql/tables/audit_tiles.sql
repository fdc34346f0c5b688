-- The Merkle tree over the audit log; tiles only grow (docs/internals/audit-log.md).
CREATE TABLE IF NOT EXISTS purser.audit_tiles (
  level  TINYINT UNSIGNED NOT NULL COMMENT '0: leaves; n: roots of complete subtrees of 2^(8n) leaves',
  tile   BIGINT UNSIGNED  NOT NULL COMMENT '0, 1, 2, … within its level',
  hashes VARBINARY(8192)  NOT NULL COMMENT 'Up to 256 hashes of 32 bytes',
  PRIMARY KEY (level, tile)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Hashes of the tree over the audit log';
