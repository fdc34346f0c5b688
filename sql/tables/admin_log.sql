-- Written by triggers, so that plain SQL leaves the same trail as the procedures.
CREATE TABLE IF NOT EXISTS purser.admin_log (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Order of the changes',
  at         DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  actor      VARCHAR(384)  NOT NULL COMMENT 'Account that is logged in; purser@localhost for the worker',
  action     VARCHAR(32)   NOT NULL COMMENT 'insert, update, delete, or the word of the procedure',
  object     VARCHAR(32)   NOT NULL COMMENT 'client, package, override, key, thresholds, template, mapping, month',
  object_id  VARCHAR(128)  NOT NULL COMMENT 'Which one',
  client_id  BIGINT UNSIGNED NULL COMMENT 'clients.id, where it concerns one',
  old_values LONGTEXT      NULL COMMENT 'JSON: what has changed, before; never a secret',
  new_values LONGTEXT      NULL COMMENT 'JSON: the same, after',
  reason     VARCHAR(500)  NOT NULL DEFAULT '' COMMENT 'Why',
  PRIMARY KEY (id),
  KEY by_client (client_id, id),
  KEY by_object (object, object_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What was changed by whom, and why';
