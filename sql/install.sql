-- Purser 0.1.0: the schema purser, its tables, accounts, roles, functions, procedures and views.
--
--   mariadb < sql/install.sql          as an account with all privileges; it may be run again at any time
--   INSTALL SONAME 'purser';           starts the worker; before or after this file
--
-- purser.so must be in plugin_dir first. Running it again repairs and upgrades: it keeps data, settings,
-- grants and the worker's password. It refuses a schema newer than itself and then changes nothing.
--
-- Replication: all of it goes through the binary log (and Galera), except the functions of purser.so,
-- which are made on this server alone. On a replica, and on each further node of a cluster, put
-- purser.so into plugin_dir and run sql/install/library.sql; do not run install.sql on a replica.
--
-- Made by sql/bundle from the files beside this one; change those.

-- ---- sql/install/begin.sql
-- The session: as the routines are to be stored (their character set and sql_mode are kept with them), and so that each name
-- of a table can be said.
SET @purser_old_client = @@SESSION.character_set_client,
    @purser_old_results = @@SESSION.character_set_results,
    @purser_old_collation = @@SESSION.collation_connection,
    @purser_old_sql_mode = @@SESSION.sql_mode,
    @purser_old_autocommit = @@SESSION.autocommit,
    @purser_old_read_only = @@SESSION.tx_read_only,
    @purser_old_if_exists = @@SESSION.sql_if_exists,
    @purser_old_keys = @@SESSION.foreign_key_checks,
    @purser_old_seconds = @@SESSION.max_statement_time,
    @purser_old_big_selects = @@SESSION.sql_big_selects;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SET SESSION autocommit = 1;
-- With it the server takes the IF NOT EXISTS of a table for none.
SET SESSION sql_if_exists = 0;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION';
-- A server may cut off what takes long, or looks as if it would: a large table takes its time, each time.
SET SESSION max_statement_time = 0, sql_big_selects = 1;
-- The tables are made in the order of their names: a foreign key may name one that comes later.
SET SESSION foreign_key_checks = 0;

-- ---- sql/install/check.sql
-- Whether this file may touch this server at all. Where it may not, the session is made read-only
-- before the error, so that nothing is changed even where the client goes on (--force, source).
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE v_version INT UNSIGNED DEFAULT NULL;
  DECLARE v_server INT UNSIGNED DEFAULT
    CAST(SUBSTRING_INDEX(VERSION(), '.', 1) AS UNSIGNED) * 100
    + CAST(SUBSTRING_INDEX(SUBSTRING_INDEX(VERSION(), '.', 2), '.', -1) AS UNSIGNED);
  DECLARE v_why TEXT DEFAULT NULL;

  IF v_server < 1011 THEN
    SET v_why = CONCAT('Purser needs MariaDB 10.11 or later; this server is ', VERSION());
  ELSEIF NOT EXISTS (SELECT 1 FROM information_schema.SYSTEM_VARIABLES
                      WHERE VARIABLE_NAME = 'INNODB_SNAPSHOT_ISOLATION') THEN
    SET v_why = CONCAT('Purser needs InnoDB with the variable innodb_snapshot_isolation, as MariaDB 10.11.8, 11.4.2 and all later',
      ' releases have it; this server is ', VERSION());
  ELSEIF (SELECT CAST(GLOBAL_VALUE AS UNSIGNED) FROM information_schema.SYSTEM_VARIABLES
           WHERE VARIABLE_NAME = 'INNODB_PAGE_SIZE') < 16384 THEN
    SET v_why = 'The keys of Purser''s tables need an innodb_page_size of 16k or more; this server has a smaller one. Nothing was changed';
  ELSEIF @@SESSION.enforce_storage_engine <> 'InnoDB' THEN
    SET v_why = CONCAT('Purser''s tables are of InnoDB, and enforce_storage_engine is ', @@SESSION.enforce_storage_engine,
      ': give this file to mariadb --init-command=''SET SESSION enforce_storage_engine = NULL''. Nothing was changed');
  ELSEIF EXISTS (SELECT 1 FROM information_schema.TABLES
                  WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'schema_version') THEN
    SELECT MAX(version) INTO v_version FROM purser.schema_version;
    IF v_version > 2 THEN
      SET v_why = CONCAT('The schema purser has version ', v_version, ', newer than this installer (',
        2, ', of release 0.1.0): use the install.sql of that release. Nothing was changed');
    END IF;
  ELSEIF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser') THEN
    SET v_why = 'There is a schema purser with tables that are not Purser''s (no schema_version among them). Nothing was changed';
  END IF;

  IF v_why IS NOT NULL THEN
    SET SESSION tx_read_only = ON;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/install/schema.sql
CREATE DATABASE IF NOT EXISTS purser CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  COMMENT 'Purser: reconciliation of payments';
ALTER DATABASE purser CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

-- ---- sql/tables/schema_version.sql
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

-- ---- sql/tables/admin_log.sql
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

-- ---- sql/tables/alert_channels.sql
CREATE TABLE IF NOT EXISTS purser.alert_channels (
  name            VARCHAR(64)   NOT NULL COMMENT 'As the rules, the outbox and the secrets file call it: letters, digits, _ and -',
  kind            ENUM('mail','webhook') NOT NULL COMMENT 'How it is delivered',
  target          VARCHAR(1024) NOT NULL COMMENT 'Of mail: addresses with commas between them. Of a webhook: its https:// URL, or the word secret: then it is webhook_urls.<name> in the secrets file',
  format          ENUM('json','slack') NOT NULL DEFAULT 'json' COMMENT 'Of a webhook: the form of its body (docs/alerts.md)',
  concurrency     TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'Messages under way at a time, at most; with 1 they come in their order, but for those that are tried again',
  rate_per_minute SMALLINT UNSIGNED NOT NULL DEFAULT 60 COMMENT 'Messages a minute, at most, evenly spaced; 0: no limit',
  enabled         BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'While FALSE, its messages wait in the outbox',
  PRIMARY KEY (name),
  CONSTRAINT name_is_a_word CHECK (name <> '' AND name NOT REGEXP '[^A-Za-z0-9_-]'),
  CONSTRAINT target_has_no_control_character CHECK (target NOT REGEXP '[[:cntrl:]]'), -- a $ lets a last line break pass
  CONSTRAINT target_fits_kind CHECK (
    kind = 'mail' AND target REGEXP '^[!-+--?A-~]+@[A-Za-z0-9.-]+( *, *[!-+--?A-~]+@[A-Za-z0-9.-]+)*$'
    OR kind = 'webhook' AND (target = 'secret' OR target REGEXP '^https://[^@/?# ]+([/?][!-~]*)?$'
      OR target REGEXP '^http://(localhost|127[.][0-9.]+|[[]::1[]])(:[0-9]+)?([/?][!-~]*)?$')),
  CONSTRAINT concurrency_is_1_to_16 CHECK (concurrency BETWEEN 1 AND 16)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Where messages go';

-- ---- sql/tables/alert_events.sql
CREATE TABLE IF NOT EXISTS purser.alert_events (
  id     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the event',
  at     DATETIME(6)   NOT NULL COMMENT 'UTC',
  actor  VARCHAR(384)  NOT NULL COMMENT 'Account that did it',
  action ENUM('acknowledge','silence','unsilence','replay','test') NOT NULL COMMENT 'What was done',
  what   VARCHAR(512)  NOT NULL COMMENT 'To what: rule, server and check; what was silenced; the messages; the channel',
  note   VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'What was said to it',
  PRIMARY KEY (id),
  KEY by_time (at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What people have done about alerts and messages';

-- ---- sql/tables/alert_rules.sql
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

-- ---- sql/tables/alert_silences.sql
CREATE TABLE IF NOT EXISTS purser.alert_silences (
  what       VARCHAR(80)   NOT NULL COMMENT 'A check''s name, service:NAME, or *',
  until      DATETIME(6)   NOT NULL COMMENT 'UTC: its end',
  created_at DATETIME(6)   NOT NULL COMMENT 'UTC',
  created_by VARCHAR(384)  NOT NULL COMMENT 'Account that asked for it',
  note       VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'Why',
  PRIMARY KEY (what)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What nobody is told of for a while';

-- ---- sql/tables/alerts.sql
-- Without a foreign key to the rules: the recorder must never wait for somebody who edits one.
CREATE TABLE IF NOT EXISTS purser.alerts (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the alert, for alert_acknowledge',
  rule            VARCHAR(64)  NOT NULL COMMENT 'alert_rules.name',
  server          VARCHAR(128) NOT NULL COMMENT 'Server whose check it is, as host:port',
  subject         VARCHAR(64)  NOT NULL COMMENT 'Name of the check',
  level           ENUM('ok','warning','critical') NOT NULL COMMENT 'As it was seen last',
  since           DATETIME(6)  NULL COMMENT 'UTC: since when it fires; NULL: it does not',
  told_state      ENUM('NEW','REPEAT','RESOLVED') NULL COMMENT 'What was told last; NULL: nothing yet',
  told_level      ENUM('ok','warning','critical') NULL COMMENT 'The level that was told last',
  last_told       DATETIME(6)  NULL COMMENT 'UTC: when it was told last',
  repeats         INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'REPEATs since NEW',
  acknowledged_at DATETIME(6)  NULL COMMENT 'UTC: since then it is not repeated, until it is over or gets worse',
  acknowledged_by VARCHAR(384) NULL COMMENT 'Account that acknowledged it',
  note            VARCHAR(1024) NULL COMMENT 'What that account had to say',
  PRIMARY KEY (id),
  UNIQUE KEY one_of_each (server, rule, subject),
  KEY by_rule (rule)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What fires, and what was told of it: kept over restarts';

-- ---- sql/tables/api_idempotency.sql
-- A row goes 24 hours after it was begun: each new one takes a few old ones away.
-- No foreign key: it would lock the client's row, for which its payments wait.
CREATE TABLE IF NOT EXISTS purser.api_idempotency (
  client_id       BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  idempotency_key VARCHAR(64)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'As the client gave it',
  request_hash    BINARY(32)   NOT NULL COMMENT 'SHA-256 over method, target and body: another request under the same key is refused',
  begun_at        DATETIME(6)  NOT NULL COMMENT 'UTC; after 60 s without an end the same request may begin again',
  ended_at        DATETIME(6)  NULL COMMENT 'UTC; NULL: it is under way, or was killed',
  status          SMALLINT UNSIGNED NULL COMMENT 'HTTP status of the answer',
  body            MEDIUMTEXT   NULL COMMENT 'The answer',
  PRIMARY KEY (client_id, idempotency_key),
  KEY by_begin (begun_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Requests of the client API that are not to be done twice';

-- ---- sql/tables/audit_log.sql
-- What happened to the rows of audited tables. Append-only: its triggers refuse all else.
CREATE TABLE IF NOT EXISTS purser.audit_log (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Given when the row is inserted, seen when its transaction commits',
  table_schema  VARCHAR(64)  NOT NULL COMMENT 'Schema of the audited table',
  table_name    VARCHAR(64)  NOT NULL COMMENT 'Audited table',
  operation     ENUM('INSERT','UPDATE','DELETE') NOT NULL COMMENT 'What was done to its row',
  record_id     MEDIUMTEXT   NULL COMMENT 'Key of the row, of an update the one before it; a JSON array where it has several columns',
  user_id       VARCHAR(255) NULL COMMENT 'The row''s user, where the table has such a column',
  timestamp     DATETIME(6)  NOT NULL COMMENT 'UTC: when the row was changed, by the machine''s clock. Set by a trigger, as the next three and leaf are',
  actor         VARCHAR(255) NULL COMMENT 'The application''s user: @purser_actor',
  account       VARCHAR(385) NOT NULL COMMENT 'SQL account that was logged in, and from where',
  connection_id BIGINT UNSIGNED NOT NULL COMMENT 'Its connection',
  old_values    LONGTEXT     NULL COMMENT 'JSON object: column and value before; NULL for an insert',
  new_values    LONGTEXT     NULL COMMENT 'The same after; NULL for a delete',
  leaf          BINARY(32)   NOT NULL COMMENT 'SHA-256 over all columns but id, as in docs/internals/audit-leaf.md',
  PRIMARY KEY (id),
  KEY idx_audit_log_record (table_schema, table_name, record_id(64)),
  KEY idx_audit_log_time (timestamp)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Changes of audited tables; append-only';

-- ---- sql/tables/audit_seals.sql
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

-- ---- sql/tables/audit_tables.sql
-- Written by purser.audit_enable and audit_disable alone.
CREATE TABLE IF NOT EXISTS purser.audit_tables (
  table_schema VARCHAR(64)  NOT NULL COMMENT 'Schema of the audited table',
  table_name   VARCHAR(64)  NOT NULL COMMENT 'Audited table',
  all_columns  BOOLEAN      NOT NULL COMMENT 'Whether every column was asked for that is not ignored: then one that is new is missed',
  columns      LONGTEXT     NOT NULL COMMENT 'JSON array: the columns that are logged, in the order of the table',
  ignored      LONGTEXT     NOT NULL COMMENT 'JSON array: those that are not, of all',
  masked       LONGTEXT     NOT NULL COMMENT 'JSON array: those of which a hash is logged',
  key_columns  LONGTEXT     NOT NULL COMMENT 'JSON array: what record_id is made of',
  user_column  VARCHAR(64)  NULL COMMENT 'Where user_id comes from',
  mask_salt    CHAR(32)     NOT NULL COMMENT 'Goes into the hashes of masked values; kept as long as this row. No secret: the triggers show it',
  triggers     LONGTEXT     NOT NULL COMMENT 'JSON object: operation, and SHA-256 over its trigger as it was made',
  layout_hash  CHAR(64)     NOT NULL COMMENT 'SHA-256 over names, types and order of the table''s columns then, hexadecimal',
  enabled_at   DATETIME(6)  NOT NULL COMMENT 'UTC; when it was enabled last',
  enabled_by   VARCHAR(385) NOT NULL COMMENT 'Account that did so',
  PRIMARY KEY (table_schema, table_name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Tables that are audited, and how';

-- ---- sql/tables/audit_tiles.sql
-- The Merkle tree over the audit log; tiles only grow (docs/internals/audit-log.md).
CREATE TABLE IF NOT EXISTS purser.audit_tiles (
  level  TINYINT UNSIGNED NOT NULL COMMENT '0: leaves; n: roots of complete subtrees of 2^(8n) leaves',
  tile   BIGINT UNSIGNED  NOT NULL COMMENT '0, 1, 2, … within its level',
  hashes VARBINARY(8192)  NOT NULL COMMENT 'Up to 256 hashes of 32 bytes',
  PRIMARY KEY (level, tile)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Hashes of the tree over the audit log';

-- ---- sql/tables/batch_keys.sql
-- A batch with an idempotency key is done once: its key is a row of the batch's own transaction.
CREATE TABLE IF NOT EXISTS purser.batch_keys (
  routine         VARCHAR(64)  NOT NULL COMMENT 'Procedure that was called',
  idempotency_key VARCHAR(128) NOT NULL COMMENT 'As the caller gave it',
  batch_hash      CHAR(64)     NOT NULL COMMENT 'SHA-256 of the canonical batch, hexadecimal: another batch under the same key is refused',
  answer          LONGTEXT     NULL COMMENT 'JSON: what the first call answered, for the calls after it',
  requested_by    VARCHAR(384) NOT NULL COMMENT 'Account that was logged in',
  created_at      DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (routine, idempotency_key),
  KEY idx_batch_keys_created (created_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Batches that are not to be done twice';

-- ---- sql/tables/client_keys.sql
-- The secret is shown once, when the key is made.
CREATE TABLE IF NOT EXISTS purser.client_keys (
  key_id      VARCHAR(32)  CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'Public number of the key: pk_ and 24 letters and digits',
  client_id   BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  secret_hash BINARY(32)   NOT NULL COMMENT 'SHA-256 of the secret',
  label       VARCHAR(100) NOT NULL DEFAULT '' COMMENT 'What the client calls it',
  created_at  DATETIME(6)  NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  expires_at  DATETIME(6)  NULL COMMENT 'UTC; NULL: never',
  revoked_at  DATETIME(6)  NULL COMMENT 'UTC; NULL: it is good',
  PRIMARY KEY (key_id),
  KEY by_client (client_id, created_at),
  CONSTRAINT client_keys_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT client_key_id_is_a_word CHECK (key_id REGEXP '^pk_[A-Za-z0-9]{24}$'),
  CONSTRAINT client_key_label_is_one_line CHECK (label NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Keys of the client API, as hashes';

-- ---- sql/tables/client_transactions.sql
-- For an application that has no table of its own (then: purser.map_usage).
CREATE TABLE IF NOT EXISTS purser.client_transactions (
  id          BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the transaction',
  client_id   BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  reference   VARCHAR(128)  NOT NULL COMMENT 'Whatever tells it from the client''s others: a second one is refused',
  amount      DECIMAL(19,4) NOT NULL COMMENT 'Money; below zero (a refund) it lowers the volume and counts as no transaction',
  currency    CHAR(3)       NULL COMMENT 'ISO 4217; NULL: that of the client''s package, any other is refused',
  occurred_at DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: decides on the month',
  created_at  DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: when it was written here',
  PRIMARY KEY (id),
  UNIQUE KEY one_reference (reference, client_id),
  KEY by_client (client_id, occurred_at, reference),
  CONSTRAINT client_transactions_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT client_reference_is_one_line CHECK (reference <> '' AND reference NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Transactions of clients; triggers count them';

-- ---- sql/tables/client_usage.sql
-- Written by the triggers that count. docs/internals/clients.md says what the quiet levels are.
CREATE TABLE IF NOT EXISTS purser.client_usage (
  client_id          BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  month              CHAR(7)       NOT NULL COMMENT 'usage_months.month',
  slot               TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Counter: below clients.counter_slots',
  volume             DECIMAL(25,4) NOT NULL DEFAULT 0 COMMENT 'Money, in the currency of the package',
  transactions       BIGINT        NOT NULL DEFAULT 0 COMMENT 'Transactions',
  other_currency     BIGINT        NOT NULL DEFAULT 0 COMMENT 'Transactions among them in another currency, which are not in the volume',
  quiet_volume       DECIMAL(25,4) NOT NULL DEFAULT 0 COMMENT 'Below it nothing new is to be said of this row',
  quiet_transactions BIGINT        NOT NULL DEFAULT 0 COMMENT 'Below it nothing new is to be said of this row',
  due                BOOLEAN       NOT NULL DEFAULT TRUE COMMENT 'The next check looks at it',
  PRIMARY KEY (client_id, month, slot),
  KEY by_due (due, month, client_id),
  KEY by_month (month, client_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What each client used in each month';

-- ---- sql/tables/clients.sql
-- A template's text is filled with these: no control character, so that none gets into a mail's head.
CREATE TABLE IF NOT EXISTS purser.clients (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the client',
  external_id   VARCHAR(128)  NULL COMMENT 'What the application calls it',
  name          VARCHAR(200)  NOT NULL COMMENT 'As it is addressed',
  email         VARCHAR(254)  NOT NULL COMMENT 'Where its usage alerts go',
  package       VARCHAR(64)   NOT NULL COMMENT 'packages.name; purser.switch_package changes it',
  status        ENUM('active','suspended','closed') NOT NULL DEFAULT 'active' COMMENT 'Only active clients are told of their usage; purser_usage_allowed says no to the others',
  language      VARCHAR(16)   NOT NULL DEFAULT 'en' COMMENT 'usage_templates.language; one that has no template gets en',
  thresholds    VARCHAR(64)   NULL COMMENT 'usage_thresholds.name_of_set; NULL: the package''s',
  hard_stop     BOOLEAN       NULL COMMENT 'NULL: the package''s',
  counter_slots TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'Counters that its connections share; more for a client with hundreds of transactions a second',
  created_at    DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  updated_at    DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: set by the trigger',
  PRIMARY KEY (id),
  UNIQUE KEY one_external_id (external_id),
  KEY by_package (package, status),
  KEY by_thresholds (thresholds),
  CONSTRAINT clients_package FOREIGN KEY (package) REFERENCES purser.packages (name) ON UPDATE CASCADE,
  CONSTRAINT client_name_is_one_line CHECK (name <> '' AND name NOT REGEXP '[[:cntrl:]]|^ | $'),
  CONSTRAINT client_external_id_is_one_line CHECK (external_id <> '' AND external_id NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT client_email_is_an_address CHECK (email NOT REGEXP '[[:cntrl:]]' AND email REGEXP '^(?=[^@]{1,64}@)[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$'),
  CONSTRAINT client_language_is_a_tag CHECK (language REGEXP '^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$'),
  CONSTRAINT client_counter_slots_are_1_to_64 CHECK (counter_slots BETWEEN 1 AND 64)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Clients of the payment service';

-- ---- sql/tables/constraint_objects.sql
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

-- ---- sql/tables/constraint_rules.sql
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

-- ---- sql/tables/discrepancies.sql
CREATE TABLE IF NOT EXISTS purser.discrepancies (
  id                     BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the discrepancy',
  run_id                 BIGINT UNSIGNED NOT NULL COMMENT 'Run that found it first',
  gateway                VARCHAR(64)  NOT NULL COMMENT 'gateways.name',
  business_date          DATE         NOT NULL COMMENT 'Day of the order, or of the gateway''s record where there is no order',
  type                   ENUM('AMOUNT_MISMATCH','CURRENCY_MISMATCH','STATUS_MISMATCH','PAID_NOT_RECORDED','MISSING_IN_GATEWAY','MISSING_INTERNAL','DUPLICATE_IN_GATEWAY','DUPLICATE_INTERNAL','REFUND_MISMATCH','FEE_VARIANCE') NOT NULL COMMENT 'What is wrong (docs/reconciliation.md)',
  order_id               VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'app_payments.order_id; empty where there is no order',
  transaction_ref        VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'Reference that both sides share',
  gateway_transaction_id VARCHAR(191) NOT NULL DEFAULT '' COMMENT 'The gateway''s identifier; empty where it has no record',
  internal_amount        DECIMAL(19,4) NULL COMMENT 'Amount of the order',
  gateway_amount         DECIMAL(19,4) NULL COMMENT 'Amount at the gateway; of REFUND_MISMATCH the amount refunded, of FEE_VARIANCE the fee',
  difference             DECIMAL(19,4) NULL COMMENT 'gateway_amount - internal_amount (of FEE_VARIANCE: charged - expected)',
  currency               VARCHAR(3)   NOT NULL DEFAULT '' COMMENT 'Currency of the order, or of the gateway where there is no order',
  gateway_currency       VARCHAR(3)   NOT NULL DEFAULT '' COMMENT 'Currency at the gateway',
  internal_status        VARCHAR(32)  NOT NULL DEFAULT '' COMMENT 'Status of the order as the shop has it',
  gateway_status         VARCHAR(32)  NOT NULL DEFAULT '' COMMENT 'Normalised status at the gateway',
  detail                 VARCHAR(512) NOT NULL DEFAULT '' COMMENT 'One sentence for a person',
  holds                  BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'Whether it was still so when it was looked at last; a finding that has come right keeps its row',
  state                  ENUM('open','acknowledged','resolved','ignored','auto_resolved') NOT NULL DEFAULT 'open' COMMENT 'Where it stands',
  detected_at            DATETIME(6)  NOT NULL COMMENT 'UTC time of the first detection',
  changed_at             DATETIME(6)  NOT NULL COMMENT 'UTC time of the last change of its facts or state',
  closed_at              DATETIME(6)  NULL COMMENT 'UTC time of the last closing; NULL while open or acknowledged',
  PRIMARY KEY (id),
  UNIQUE KEY one_finding (gateway, transaction_ref, type, order_id, gateway_transaction_id),
  KEY by_day (gateway, business_date, holds),
  KEY by_state (state, business_date),
  KEY by_change (gateway, changed_at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What does not agree between the shop and a gateway, one row a finding';

-- ---- sql/tables/discrepancy_events.sql
CREATE TABLE IF NOT EXISTS purser.discrepancy_events (
  id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Order of the events',
  discrepancy_id BIGINT UNSIGNED NOT NULL COMMENT 'discrepancies.id',
  at             DATETIME(6)  NOT NULL COMMENT 'UTC',
  actor          VARCHAR(384) NOT NULL COMMENT 'Account that did it, or purser for a run',
  from_state     VARCHAR(16)  NOT NULL DEFAULT '' COMMENT 'State before; empty at the detection',
  to_state       VARCHAR(16)  NOT NULL COMMENT 'State after',
  note           VARCHAR(1024) NOT NULL DEFAULT '' COMMENT 'Why',
  PRIMARY KEY (id),
  KEY by_discrepancy (discrepancy_id, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Every change of a discrepancy: who, when and why';

-- ---- sql/tables/gateway_transactions.sql
-- The clustered key is the order in which a day is matched: one range scan, no sort.
CREATE TABLE IF NOT EXISTS purser.gateway_transactions (
  gateway                VARCHAR(64)  NOT NULL COMMENT 'gateways.name',
  business_date          DATE         NOT NULL COMMENT 'Day of created_at in purser_time_zone',
  transaction_ref        VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'The merchant''s reference, byte for byte; empty where the gateway has none',
  kind                   ENUM('payment','refund') NOT NULL COMMENT 'What the record is',
  gateway_transaction_id VARCHAR(191) NOT NULL COMMENT 'The gateway''s own identifier',
  parent_id              VARCHAR(191) NULL COMMENT 'Of a refund: gateway_transaction_id of its payment',
  status                 ENUM('captured','authorized','pending','failed','cancelled','refunded','not_found','unknown') NOT NULL COMMENT 'Normalised status; not_found: asked for by reference, and the gateway does not know it',
  raw_status             VARCHAR(64)  NOT NULL DEFAULT '' COMMENT 'The gateway''s own word',
  amount                 DECIMAL(19,4) NOT NULL COMMENT 'Gross amount in major units, positive also for refunds',
  currency               VARCHAR(3)   NOT NULL DEFAULT '' COMMENT 'ISO 4217 code',
  fee                    DECIMAL(19,4) NULL COMMENT 'The gateway''s fee, where it says one',
  refunded               DECIMAL(19,4) NULL COMMENT 'Refunded to date, where the payment itself says so',
  created_at             DATETIME(6)  NOT NULL COMMENT 'UTC, by the gateway''s clock',
  completed_at           DATETIME(6)  NULL COMMENT 'UTC',
  updated_at             DATETIME(6)  NULL COMMENT 'UTC',
  source                 ENUM('api','file') NOT NULL COMMENT 'Where we have it from',
  order_claims           BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'Of an answer about one order: the order said that money had come when it was read, before the gateway was asked',
  run_id                 BIGINT UNSIGNED NULL COMMENT 'Run that read it last; NULL for an import',
  read_at                DATETIME(6)  NOT NULL COMMENT 'UTC time of that reading',
  PRIMARY KEY (gateway, business_date, transaction_ref, kind, gateway_transaction_id),
  UNIQUE KEY by_id (gateway, kind, gateway_transaction_id),
  KEY by_ref (gateway, transaction_ref)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the gateways say, one row a payment or refund';

-- ---- sql/tables/gateways.sql
CREATE TABLE IF NOT EXISTS purser.gateways (
  name     VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin NOT NULL COMMENT 'Name, as in app_payments.gateway and in the secrets file',
  adapter  VARCHAR(32)  NOT NULL COMMENT 'Code that speaks its API: paychangu, square or file',
  base_url VARCHAR(512) NULL COMMENT 'Root of the API: https, or http to a loopback address; NULL for the adapter file',
  enabled  BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'Whether Purser works with it at all',
  settings LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '{}' COMMENT 'JSON object: what differs per gateway (docs/gateways.md lists the keys)',
  PRIMARY KEY (name),
  CONSTRAINT gateways_settings_json CHECK (JSON_VALID(settings)),
  CONSTRAINT gateways_base_url CHECK (base_url IS NULL
    OR base_url LIKE 'https://_%'
    OR base_url REGEXP '^http://(127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|localhost|\\[::1\\])(:[0-9]{1,5})?(/|$)')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The payment gateways that orders are reconciled with';

-- ---- sql/tables/health_checks.sql
-- What is looked at, and what is bad (docs/health.md). A DBA adds rows of their own, of kind sql.
CREATE TABLE IF NOT EXISTS purser.health_checks (
  name             VARCHAR(64)  NOT NULL COMMENT 'Name of the check: a-z, 0-9, _ . and -',
  service          VARCHAR(64)  NOT NULL COMMENT 'What it belongs to: database, payments, orders, subscriptions, inventory, alerts, server, purser, or a word of the DBA''s',
  kind             ENUM('builtin', 'sql') NOT NULL DEFAULT 'sql' COMMENT 'builtin: Purser has it; sql: a query',
  builtin          VARCHAR(64)  NULL COMMENT 'builtin: which one',
  query            VARCHAR(4096) NULL COMMENT 'sql: one statement that begins with SELECT or WITH; first column: the value, second column: the message',
  warning          DOUBLE       NULL COMMENT 'A value beyond it is a warning; NULL: none is',
  critical         DOUBLE       NULL COMMENT 'A value beyond it is critical; NULL: none is',
  direction        ENUM('above', 'below') NOT NULL DEFAULT 'above' COMMENT 'Which values are beyond a threshold',
  parameter        DOUBLE       NULL COMMENT 'Of some built-in checks: seconds, minutes, days or pieces; NULL: its default',
  unit             VARCHAR(16)  NOT NULL DEFAULT '' COMMENT 'Unit of the value: rows, ms, s, percent, bytes, ...',
  interval_seconds INT UNSIGNED NULL COMMENT 'Seconds from one look to the next; NULL: purser_health_interval',
  timeout_seconds  INT UNSIGNED NULL COMMENT 'Seconds that a look may take; NULL: 5',
  fail_count       TINYINT UNSIGNED NOT NULL DEFAULT 2 COMMENT 'A level is taken on when so many',
  fail_window      TINYINT UNSIGNED NOT NULL DEFAULT 3 COMMENT 'of so many looks have it',
  enabled          BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'FALSE: it is not looked at and does not count',
  description      VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (name),
  CONSTRAINT health_checks_name CHECK (name RLIKE '^[a-z0-9_]' AND name NOT RLIKE '[^a-z0-9_.-]'),
  CONSTRAINT health_checks_service CHECK (service RLIKE '^[a-z0-9_]' AND service NOT RLIKE '[^a-z0-9_.-]'),
  CONSTRAINT health_checks_kind CHECK ((kind = 'builtin') = (builtin IS NOT NULL) AND (kind = 'sql') = (query IS NOT NULL)),
  CONSTRAINT health_checks_query CHECK (query IS NULL OR query RLIKE '(?i)^[ \\t\\r\\n]*(select|with)[ \\t\\r\\n(*]'),
  CONSTRAINT health_checks_unit CHECK (unit NOT RLIKE '[^ -~]'),
  CONSTRAINT health_checks_parameter CHECK (parameter IS NULL OR parameter >= 0),
  CONSTRAINT health_checks_thresholds CHECK (warning IS NULL OR critical IS NULL OR IF(direction = 'above', warning <= critical, warning >= critical)),
  CONSTRAINT health_checks_interval CHECK (interval_seconds IS NULL OR interval_seconds BETWEEN 1 AND 604800),
  CONSTRAINT health_checks_timeout CHECK (timeout_seconds IS NULL OR timeout_seconds BETWEEN 1 AND IF(builtin = 'tables', 86400, 60)),
  CONSTRAINT health_checks_damping CHECK (fail_count BETWEEN 1 AND fail_window AND fail_window <= 60)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What is looked at, and from which value on it is bad';

-- ---- sql/tables/health_results.sql
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

-- ---- sql/tables/jobs.sql
CREATE TABLE IF NOT EXISTS purser.jobs (
  name       VARCHAR(96)  NOT NULL COMMENT 'Kind and gateway, as reconcile:square or sweep:paychangu; checkpoint:mail and checkpoint:post; usage; audit is the sealing; report is a row to change first',
  last_date  DATE         NULL COMMENT 'Of reconcile: last business day that the schedule has asked for',
  failures   INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Of sweep and checkpoint: failures in a row',
  last_start DATETIME(6)  NULL COMMENT 'UTC; of reconcile: when it asked last; of sweep: begin of the last one that succeeded; of checkpoint: sealed_at of the seal that was sent last',
  last_end   DATETIME(6)  NULL COMMENT 'UTC; of sweep; of checkpoint: when it was tried last; of reconcile: when runs were made; of report: when one was written',
  last_error VARCHAR(1024) NULL COMMENT 'Of sweep, checkpoint and audit: why the last one failed; NULL when it did not (runs have theirs in reconciliation_runs)',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='What the schedule has done and will do again';

-- ---- sql/tables/leases.sql
CREATE TABLE IF NOT EXISTS purser.leases (
  name       VARCHAR(96)  NOT NULL COMMENT 'What only one server may do at a time, as reconcile:square',
  owner      VARCHAR(128) NOT NULL COMMENT 'Server that holds it',
  expires_at DATETIME(6)  NOT NULL COMMENT 'UTC; a lease that has expired can be taken by any server',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Who runs what, so that of several servers only one does';

-- ---- sql/tables/outbox.sql
-- text, html and payload are what is sent; a message that is to be sent is a row, which commits with
-- its cause. docs/alerts.md shows how to add one.
CREATE TABLE IF NOT EXISTS purser.outbox (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the message',
  channel         VARCHAR(64)   NOT NULL COMMENT 'alert_channels.name: where it goes',
  kind            VARCHAR(32)   NOT NULL COMMENT 'What it is: alert, test, or the word of whoever puts it there',
  dedup_key       VARCHAR(191)  NOT NULL COMMENT 'What makes it this message: a second row of the same key is refused. Makes the Message-ID and the Idempotency-Key',
  recipient       VARCHAR(1024) NULL COMMENT 'Of a mail: addresses instead of the channel''s; NULL: the channel''s',
  subject         VARCHAR(500)  NOT NULL COMMENT 'One line',
  text            MEDIUMTEXT    NOT NULL COMMENT 'The message',
  html            MEDIUMTEXT    NULL COMMENT 'Of a mail: the same in HTML',
  payload         MEDIUMTEXT    NULL COMMENT 'Of a webhook: an object in JSON, the member data of what is sent',
  state           ENUM('waiting','sent','dead') NOT NULL DEFAULT 'waiting' COMMENT 'dead: given up; last_error says why, outbox_replay sends it again',
  attempts        INT UNSIGNED  NOT NULL DEFAULT 0 COMMENT 'How often it was tried',
  created_at      DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  next_attempt_at DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: not before',
  give_up_from    DATETIME(6)   NULL COMMENT 'UTC: what outbox_give_up_days counts from; NULL: created_at',
  finished_at     DATETIME(6)   NULL COMMENT 'UTC: when it was sent or given up',
  last_error      VARCHAR(512)  NULL COMMENT 'Why the last try failed; never a secret',
  PRIMARY KEY (id),
  UNIQUE KEY one_message (dedup_key),
  KEY due (state, channel, next_attempt_at),
  KEY by_end (state, finished_at),
  CONSTRAINT dedup_key_is_printable CHECK (dedup_key <> '' AND dedup_key NOT REGEXP '[^!-~]'),
  CONSTRAINT kind_is_a_word CHECK (kind <> '' AND kind NOT REGEXP '[^a-z_]'),
  CONSTRAINT subject_is_one_line CHECK (subject <> '' AND subject NOT REGEXP '[[:cntrl:]]' AND LENGTH(subject) <= 500),
  CONSTRAINT texts_are_not_too_long CHECK (LENGTH(text) <= 1048576 AND COALESCE(LENGTH(html), 0) <= 1048576
    AND COALESCE(LENGTH(payload), 0) <= 1048576),
  CONSTRAINT payload_is_an_object CHECK (payload IS NULL OR JSON_VALID(payload) AND JSON_TYPE(payload) = 'OBJECT'),
  CONSTRAINT recipient_is_addresses CHECK (
    recipient IS NULL OR recipient NOT REGEXP '[[:cntrl:]]' AND recipient REGEXP '^[!-+--?A-~]+@[A-Za-z0-9.-]+( *, *[!-+--?A-~]+@[A-Za-z0-9.-]+)*$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Messages to be sent, sent, and given up';

-- ---- sql/tables/override_lock.sql
-- On a Galera cluster the nodes compare what keys two transactions have written, and of overrides the keys differ. Two that
-- overlap would both be let through, and the second could not be applied: the cluster stands still. Even those of two
-- clients may meet: to look for an overlap the server locks the next entry of no_overlap, which may be the next client's, and
-- a node that writes a transaction of its own again then waits for one that waits for it. So whatever changes an override
-- changes the one row here as well, by the triggers, and of two nodes that do so at the same time one gets error 1213.
CREATE TABLE IF NOT EXISTS purser.override_lock (
  id      TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT '1',
  changes BIGINT UNSIGNED  NOT NULL COMMENT 'How often an override was made, changed or taken away',
  PRIMARY KEY (id),
  CONSTRAINT override_lock_one_row CHECK (id = 1)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='One row, which each change of an override changes';

-- ---- sql/tables/packages.sql
CREATE TABLE IF NOT EXISTS purser.packages (
  name              VARCHAR(64)   NOT NULL COMMENT 'As clients and people call it: letters, digits, blanks, . _ + and -',
  position          INT UNSIGNED  NOT NULL COMMENT 'Order of upgrade: the next larger package has the next number',
  description       VARCHAR(255)  NOT NULL DEFAULT '' COMMENT 'One line for people',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'Money a month; NULL: no limit',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'Transactions a month; NULL: no limit',
  price             DECIMAL(19,4) NOT NULL COMMENT 'A month',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217: of the price and of the volume',
  thresholds        VARCHAR(64)   NOT NULL DEFAULT 'default' COMMENT 'usage_thresholds.name_of_set',
  hard_stop         BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'purser_usage_allowed says no to what would go over a limit',
  offered           BOOLEAN       NOT NULL DEFAULT TRUE COMMENT 'May be recommended and switched to',
  limits_changed_at DATETIME(6)   NULL COMMENT 'UTC: its clients are to be looked at again; NULL: they were',
  PRIMARY KEY (name),
  UNIQUE KEY one_position (position),
  CONSTRAINT package_name_is_plain CHECK (name REGEXP '^[A-Za-z0-9][A-Za-z0-9 ._+-]*$' AND name NOT REGEXP '[[:cntrl:]]'),
  CONSTRAINT package_text_is_plain CHECK (description NOT REGEXP '[[:cntrl:]]|[{][{]'),
  CONSTRAINT package_limits_are_positive CHECK (COALESCE(volume_limit, 0) >= 0 AND price >= 0),
  CONSTRAINT package_currency_is_a_code CHECK (currency REGEXP '^[A-Z]{3}$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Packages: limits a month and their price';

-- ---- sql/tables/pricing_overrides.sql
-- The server itself keeps the periods of a client from overlapping.
CREATE TABLE IF NOT EXISTS purser.pricing_overrides (
  id                BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the override',
  client_id         BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  price             DECIMAL(19,4) NULL COMMENT 'A month, in the currency of the package; NULL: the package''s',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'NULL: the package''s',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'NULL: the package''s',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217: of price and volume_limit; while the package has another, the override is not in force',
  starts_at         DATETIME(6)   NOT NULL COMMENT 'UTC: from then on',
  ends_at           DATETIME(6)   NOT NULL COMMENT 'UTC: until then; 9999-12-31 00:00:00: without end',
  reason            VARCHAR(500)  NOT NULL COMMENT 'Why',
  created_at        DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC',
  created_by        VARCHAR(384)  NOT NULL COMMENT 'Account',
  start_seen_at     DATETIME(6)   NULL COMMENT 'UTC: when a check saw that it had begun',
  end_seen_at       DATETIME(6)   NULL COMMENT 'UTC: when a check saw that it had ended',
  PERIOD FOR validity (starts_at, ends_at),
  PRIMARY KEY (id),
  UNIQUE KEY no_overlap (client_id, validity WITHOUT OVERLAPS),
  KEY by_start (start_seen_at, starts_at),
  KEY by_end (end_seen_at, ends_at),
  CONSTRAINT pricing_overrides_client FOREIGN KEY (client_id) REFERENCES purser.clients (id),
  CONSTRAINT override_changes_something CHECK (price IS NOT NULL OR volume_limit IS NOT NULL OR transaction_limit IS NOT NULL),
  CONSTRAINT override_is_positive CHECK (COALESCE(price, 0) >= 0 AND COALESCE(volume_limit, 0) >= 0),
  CONSTRAINT override_currency_is_a_code CHECK (currency REGEXP '^[A-Z]{3}$'),
  CONSTRAINT override_reason_is_given CHECK (reason <> '' AND reason NOT REGEXP '[[:cntrl:]]')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Prices and limits that one client has for a time';

-- ---- sql/tables/rate_limit_lists.sql
CREATE TABLE IF NOT EXISTS purser.rate_limit_lists (
  identifier VARCHAR(255) NOT NULL COMMENT 'As the application gives it to the functions, byte for byte',
  list       ENUM('allow','deny') NOT NULL COMMENT 'allow: always admitted and never counted; deny: always refused; on both: refused',
  expires_at DATETIME(6)  NULL COMMENT 'UTC; NULL: never',
  note       VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (identifier, list),
  CONSTRAINT rate_limit_lists_identifier CHECK (LOCATE(CHAR(0), identifier) = 0)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Identifiers that no rate limit counts';

-- ---- sql/tables/rate_limit_policies.sql
-- What purser_rate_limit_policy() goes by; the worker reads it every few seconds.
CREATE TABLE IF NOT EXISTS purser.rate_limit_policies (
  name           VARCHAR(32)  NOT NULL COMMENT 'What the application names',
  max_requests   INT UNSIGNED NOT NULL COMMENT 'Calls within a window; 0: none at all',
  window_seconds INT UNSIGNED NOT NULL COMMENT 'Length of the window; at most 366 days',
  shadow         BOOLEAN      NOT NULL DEFAULT FALSE COMMENT 'TRUE: counts what it would refuse, and refuses nothing',
  enabled        BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'FALSE: as if the row were not there',
  note           VARCHAR(255) NOT NULL DEFAULT '' COMMENT 'For people',
  PRIMARY KEY (name),
  CONSTRAINT rate_limit_policies_name CHECK (OCTET_LENGTH(name) BETWEEN 1 AND 32 AND name NOT RLIKE '[[:cntrl:]]'),
  CONSTRAINT rate_limit_policies_window CHECK (window_seconds BETWEEN 1 AND 31622400)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Named rate limits';

-- ---- sql/tables/reconciliation_reports.sql
CREATE TABLE IF NOT EXISTS purser.reconciliation_reports (
  id           BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the report',
  report_date  DATE        NOT NULL COMMENT 'Business day',
  results_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL COMMENT 'summary, gateways, discrepancies (docs/reconciliation.md)',
  created_at   DATETIME(6) NOT NULL COMMENT 'UTC time of the first report of the day',
  updated_at   DATETIME(6) NOT NULL COMMENT 'UTC time at which its content changed last',
  PRIMARY KEY (id),
  UNIQUE KEY one_a_day (report_date),
  CONSTRAINT reconciliation_reports_json CHECK (JSON_VALID(results_json))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='The result of a day over all gateways, as JSON';

-- ---- sql/tables/reconciliation_runs.sql
CREATE TABLE IF NOT EXISTS purser.reconciliation_runs (
  id               BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the run',
  gateway          VARCHAR(64)  NOT NULL COMMENT 'gateways.name',
  business_date    DATE         NOT NULL COMMENT 'Day that is reconciled, in purser_time_zone',
  state            ENUM('running','complete','incomplete','failed') NOT NULL COMMENT 'running also while it waits its turn; incomplete: the gateway could not be read whole',
  phase            ENUM('queued','fetch','match','recheck','report','done') NOT NULL DEFAULT 'queued' COMMENT 'How far it is',
  requested_by     VARCHAR(384) NOT NULL COMMENT 'Account that asked for it, or schedule',
  started_at       DATETIME(6)  NOT NULL COMMENT 'UTC',
  finished_at      DATETIME(6)  NULL COMMENT 'UTC; NULL while running',
  fetch_cursor     VARCHAR(2048) NULL COMMENT 'Where the fetch goes on after an interruption; private form',
  fetched          BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Records read from the gateway so far',
  unread           BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Orders that could not be verified at the gateway',
  internal_records BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Orders of the day',
  gateway_records  BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Payments at the gateway that belong to the day',
  matched          BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Orders whose reference was found on both sides',
  discrepancies    BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Discrepancies of the day that this run found to hold',
  by_currency      LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '{}' COMMENT 'internal, gateway and matched by currency, JSON',
  attempts         INT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'How often the run was begun: 2 after one interruption',
  error            VARCHAR(1024) NULL COMMENT 'Why it is incomplete or failed',
  PRIMARY KEY (id),
  KEY by_day (gateway, business_date, state),
  KEY by_state (state),
  CONSTRAINT reconciliation_runs_by_currency CHECK (JSON_VALID(by_currency))
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Each reconciliation of a day with a gateway: progress while it runs, history afterwards';

-- ---- sql/tables/settings.sql
-- Settings that concern the data, as opposed to the server (those are system variables).
CREATE TABLE IF NOT EXISTS purser.settings (
  name       VARCHAR(64)  NOT NULL COMMENT 'Setting, as in docs/operations.md',
  value      VARCHAR(1024) NOT NULL COMMENT 'Its value, as text',
  updated_at DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6) COMMENT 'UTC where the session is; informative',
  PRIMARY KEY (name)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Settings of Purser that belong to the data';

-- ---- sql/tables/usage_alerts.sql
CREATE TABLE IF NOT EXISTS purser.usage_alerts (
  id                   BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the alert',
  client_id            BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  threshold            DECIMAL(5,2)  NOT NULL COMMENT 'Percent that was reached',
  alert_type           VARCHAR(32)   NOT NULL COMMENT 'What the threshold was called: Notice, Warning, Critical, Limit Exceeded',
  usage_percentage     DECIMAL(12,2) NOT NULL COMMENT 'Of the limit that is used up most, rounded down',
  measure              ENUM('volume','transactions') NOT NULL COMMENT 'Which limit that is',
  current_volume       DECIMAL(25,4) NOT NULL COMMENT 'Money, then',
  max_volume           DECIMAL(19,4) NULL COMMENT 'Limit, then; NULL: none',
  current_transactions BIGINT        NOT NULL COMMENT 'Transactions, then',
  max_transactions     BIGINT UNSIGNED NULL COMMENT 'Limit, then; NULL: none',
  currency             CHAR(3)       NOT NULL COMMENT 'ISO 4217',
  package              VARCHAR(64)   NOT NULL COMMENT 'packages.name, then',
  alert_month          CHAR(7)       NOT NULL COMMENT 'YYYY-MM',
  created_at           DATETIME(6)   NOT NULL DEFAULT (UTC_TIMESTAMP(6)) COMMENT 'UTC: when it was found',
  covered_by           DECIMAL(5,2)  NULL COMMENT 'The higher threshold that was reached at the same time and told instead',
  outbox_id            BIGINT UNSIGNED NULL COMMENT 'outbox.id of its mail; NULL: none was written',
  sent_at              DATETIME(6)   NULL COMMENT 'UTC: when the mail server took the mail',
  email_sent           BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'The mail server took the mail',
  cleared_at           DATETIME(6)   NULL COMMENT 'UTC: since then the client is below the threshold (another package, an override, a refund)',
  PRIMARY KEY (id),
  UNIQUE KEY once_a_month (client_id, alert_month, threshold),
  KEY by_threshold (alert_month, threshold),
  KEY by_month (alert_month, client_id),
  KEY by_outbox (outbox_id, covered_by, alert_month, client_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Thresholds of usage that were reached: one for each client, threshold and month';

-- ---- sql/tables/usage_history.sql
CREATE TABLE IF NOT EXISTS purser.usage_history (
  client_id         BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  month             CHAR(7)       NOT NULL COMMENT 'usage_months.month',
  package           VARCHAR(64)   NOT NULL COMMENT 'packages.name at the end of the month',
  volume            DECIMAL(25,4) NOT NULL COMMENT 'Money used',
  transactions      BIGINT        NOT NULL COMMENT 'Transactions used',
  other_currency    BIGINT        NOT NULL COMMENT 'Transactions among them that are not in the volume',
  volume_limit      DECIMAL(19,4) NULL COMMENT 'Limit at the end of the month, overrides considered; NULL: none',
  transaction_limit BIGINT UNSIGNED NULL COMMENT 'Limit at the end of the month, overrides considered; NULL: none',
  price             DECIMAL(19,4) NOT NULL COMMENT 'Price at the end of the month, overrides considered',
  currency          CHAR(3)       NOT NULL COMMENT 'ISO 4217',
  override_id       BIGINT UNSIGNED NULL COMMENT 'pricing_overrides.id that was in force; NULL: none',
  closed_at         DATETIME(6)   NOT NULL COMMENT 'UTC',
  PRIMARY KEY (client_id, month),
  KEY by_month (month, client_id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Usage of closed months';

-- ---- sql/tables/usage_locks.sql
-- There before a month has a counter, so that those who make the same one take turns by waiting for this row:
-- who waits for a row that is not committed holds the gap when it is rolled back, and of two who hold the gap
-- each waits for the other.
CREATE TABLE IF NOT EXISTS purser.usage_locks (
  client_id BIGINT UNSIGNED NOT NULL COMMENT 'clients.id',
  slot      TINYINT UNSIGNED NOT NULL COMMENT 'client_usage.slot',
  PRIMARY KEY (client_id, slot),
  CONSTRAINT usage_locks_client FOREIGN KEY (client_id) REFERENCES purser.clients (id) ON DELETE CASCADE ON UPDATE CASCADE
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='A row for each counter of a client: who makes a month''s counter locks it first';

-- ---- sql/tables/usage_months.sql
-- Filled by purser.usage_calendar.
CREATE TABLE IF NOT EXISTS purser.usage_months (
  month     CHAR(7)      NOT NULL COMMENT 'YYYY-MM',
  starts_at DATETIME(6)  NOT NULL COMMENT 'UTC: the first moment of the month; it ends where the next begins',
  zone      VARCHAR(64)  NOT NULL COMMENT 'The time zone by which starts_at was computed',
  closed_at DATETIME(6)  NULL COMMENT 'UTC: when purser.reset_monthly_usage was done with it; NULL: open',
  PRIMARY KEY (month),
  UNIQUE KEY one_start (starts_at),
  CONSTRAINT usage_month_is_a_month CHECK (month REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$')
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='Months in the time zone of the business';

-- ---- sql/tables/usage_templates.sql
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

-- ---- sql/tables/usage_thresholds.sql
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

-- ---- sql/upgrade/0002-what-had-version-1.sql
-- Until 0.1.0 was complete each of its states had version 1: this brings any of them to 2. Tables that a
-- state did not have are there by now, from tables/; what follows is right whatever the state was.
DELIMITER //
BEGIN NOT ATOMIC
  DECLARE v_id BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF COALESCE((SELECT MAX(version) FROM purser.schema_version), 2) < 2 THEN
    -- The checks of names and addresses are stricter. A row that they refuse is a person's to mend.
    SELECT MIN(id) INTO v_id FROM purser.clients
     WHERE name REGEXP '^ | $'
        OR email NOT REGEXP '^(?=[^@]{1,64}@)[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$';
    IF v_id IS NOT NULL THEN
      SET SESSION tx_read_only = ON;
      SET v_why = CONCAT('purser.clients, id ', v_id, ': no mail can be sent to this email, or the name begins or ',
        'ends with a blank. Correct it with UPDATE purser.clients, then run install.sql again');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;

    ALTER TABLE purser.clients
      DROP CONSTRAINT IF EXISTS client_name_is_one_line,
      DROP CONSTRAINT IF EXISTS client_email_is_an_address;
    ALTER TABLE purser.clients
      ADD CONSTRAINT client_name_is_one_line CHECK (name <> '' AND name NOT REGEXP '[[:cntrl:]]|^ | $'),
      ADD CONSTRAINT client_email_is_an_address CHECK (email NOT REGEXP '[[:cntrl:]]' AND email REGEXP '^(?=[^@]{1,64}@)[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$');
    -- Both copied the table. Where a server is killed as the copy takes the table's place, its recovery may keep the table
    -- and lose its foreign keys: then a run before this one has, and from then on packages could be deleted.
    SELECT MIN(c.id) INTO v_id
      FROM purser.clients c LEFT JOIN purser.packages p ON p.name = c.package
     WHERE p.name IS NULL;
    IF v_id IS NOT NULL THEN
      SET SESSION tx_read_only = ON;
      SET v_why = CONCAT('purser.clients: client ', v_id, ' and perhaps others have a package that is not there any more (''',
        (SELECT package FROM purser.clients WHERE id = v_id), '''). Add it to purser.packages again, then run install.sql again');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    ALTER TABLE purser.clients
      ADD CONSTRAINT clients_package FOREIGN KEY IF NOT EXISTS (package) REFERENCES purser.packages (name) ON UPDATE CASCADE;
    -- In place, while payments are counted.
    ALTER TABLE purser.client_transactions
      DROP INDEX IF EXISTS one_reference, ADD UNIQUE INDEX one_reference (reference, client_id),
      DROP INDEX IF EXISTS by_client, ADD INDEX by_client (client_id, occurred_at, reference);

    -- The defaults of two health checks, where nobody has set others.
    UPDATE purser.health_checks SET parameter = 60
     WHERE name = 'database' AND builtin = 'database' AND parameter IS NULL
       AND description = 'The server answers, and each table of the shop is readable';
    UPDATE purser.health_checks SET description = 'The server answers, each table of the shop is readable, and what is committed comes through'
     WHERE name = 'database' AND builtin = 'database' AND description = 'The server answers, and each table of the shop is readable';
    UPDATE purser.health_checks SET interval_seconds = 30, fail_count = 1
     WHERE name = 'disk' AND builtin = 'disk' AND interval_seconds = 60 AND fail_count = 2 AND fail_window = 3;

    ALTER TABLE purser.jobs
      MODIFY name VARCHAR(96) NOT NULL COMMENT 'Kind and gateway, as reconcile:square or sweep:paychangu; checkpoint:mail and checkpoint:post; usage; audit is the sealing; report is a row to change first',
      MODIFY failures INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Of sweep and checkpoint: failures in a row',
      MODIFY last_start DATETIME(6) NULL COMMENT 'UTC; of reconcile: when it asked last; of sweep: begin of the last one that succeeded; of checkpoint: sealed_at of the seal that was sent last',
      MODIFY last_end DATETIME(6) NULL COMMENT 'UTC; of sweep; of checkpoint: when it was tried last; of reconcile: when runs were made; of report: when one was written',
      MODIFY last_error VARCHAR(1024) NULL COMMENT 'Of sweep, checkpoint and audit: why the last one failed; NULL when it did not (runs have theirs in reconciliation_runs)';
    ALTER TABLE purser.alert_channels
      MODIFY concurrency TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'Messages under way at a time, at most; with 1 they come in their order, but for those that are tried again';
    ALTER TABLE purser.health_checks
      MODIFY parameter DOUBLE NULL COMMENT 'Of some built-in checks: seconds, minutes, days or pieces; NULL: its default';
  END IF;
END//
DELIMITER ;

-- ---- sql/install/settings.sql
-- Settings that are not there yet get their default; a value that somebody has set stays.
-- (app_schema is written by purser.map_app.)
INSERT IGNORE INTO purser.settings (name, value) VALUES
  ('app_time_zone', 'SYSTEM'),
  ('audit_origin', LEFT(CONCAT(@@hostname, '/purser'), 1024)),
  ('currencies', 'MWK,GBP'),
  ('constraint_lock_seconds', '2'),
  ('constraint_lock_tries', '3'),
  ('constraint_copy', 'yes'),
  ('constraint_hidden', 'yes'),
  ('health_record_minutes', '5'),
  ('health_keep_days', '30'),
  ('health_check_tables_hours', '02-05'),
  ('outbox_keep_days', '30'),
  ('outbox_give_up_days', '7'),
  ('usage_channel', ''),
  ('usage_check_minutes', '5');

-- ---- sql/install/constraint_rules.sql
-- Once and never again: what a DBA deletes, disables or changes stays so. A later release that ships more
-- rules inserts those under the next number.
DELIMITER //
BEGIN NOT ATOMIC
  IF COALESCE((SELECT CAST(value AS UNSIGNED) FROM purser.settings WHERE name = 'constraint_rules_shipped'), 0) < 1 THEN
    INSERT IGNORE INTO purser.constraint_rules
      (name, kind, table_name, column_names, nulls, expression, ref_table, ref_columns, on_delete, description)
    VALUES
      ('users_email_unique', 'unique', 'users', '["email"]', 'distinct', NULL, NULL, NULL, 'RESTRICT',
       'No two users with one e-mail address'),
      ('users_uid_unique', 'unique', 'users', '["uid"]', 'distinct', NULL, NULL, NULL, 'RESTRICT',
       'No two users with one identifier of the login provider; many may have none'),
      ('order_items_line_unique', 'unique', 'order_items', '["order_id","gadget_id","variant_id","item_type"]', 'equal',
       NULL, NULL, NULL, 'RESTRICT', 'One line of an order for each thing; no variant is a variant, too'),
      ('orders_currency_known', 'check', 'orders', NULL, 'distinct', 'currency IN ({currencies})', NULL, NULL, 'RESTRICT',
       'Currencies of the setting currencies only'),
      ('gadgets_price_not_negative', 'check', 'gadgets', NULL, 'distinct', 'price >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_price_gbp_not_negative', 'check', 'gadgets', NULL, 'distinct', 'price_gbp >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_monthly_price_not_negative', 'check', 'gadgets', NULL, 'distinct', 'monthly_price >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_monthly_price_gbp_not_negative', 'check', 'gadgets', NULL, 'distinct', 'monthly_price_gbp >= 0', NULL, NULL, 'RESTRICT', ''),
      ('gadgets_stock_not_negative', 'check', 'gadgets', NULL, 'distinct', 'stock_quantity >= 0', NULL, NULL, 'RESTRICT', ''),
      ('installment_plans_order_exists', 'foreign_key', 'installment_plans', '["order_id"]', 'distinct', NULL,
       'orders', '["id"]', 'CASCADE', 'The order of a plan is there; the plan goes with it');
    INSERT INTO purser.settings (name, value) VALUES ('constraint_rules_shipped', '1')
    ON DUPLICATE KEY UPDATE value = VALUES(value);
  END IF;
END//
DELIMITER ;

-- ---- sql/install/health_checks.sql
-- The built-in checks. A row that is there keeps what a DBA has made of it; enabled = FALSE switches one off for
-- good (one that was deleted comes back with the next install.sql).
INSERT IGNORE INTO purser.health_checks
  (name, service, kind, builtin, warning, critical, parameter, unit, interval_seconds, timeout_seconds, fail_count, fail_window, direction, description)
VALUES
  ('database', 'database', 'builtin', 'database', 1000, NULL, 60, 'ms', NULL, NULL, 1, 1, 'above', 'The server answers, each table of the shop is readable, and what is committed comes through'),
  ('tables', 'database', 'builtin', 'tables', NULL, 0, NULL, 'tables', 86400, 14400, 1, 1, 'above', 'CHECK TABLE finds no damage; in the hours of the setting health_check_tables_hours'),
  ('payment_gateways', 'payments', 'builtin', 'payment_gateways', 0, NULL, NULL, 'gateways', 60, 20, 2, 3, 'above', 'Each enabled gateway answers a real request'),
  ('order_processing', 'orders', 'builtin', 'order_processing', 10, 50, 60, 'orders', 60, NULL, 1, 1, 'above', 'Orders in processing for longer than so many minutes'),
  ('subscription_renewals', 'subscriptions', 'builtin', 'subscription_renewals', 100, NULL, 7, 'users', 300, NULL, 1, 1, 'above', 'Subscriptions to be renewed within so many days'),
  ('inventory', 'inventory', 'builtin', 'inventory', 50, NULL, 5, 'gadgets', 300, NULL, 1, 1, 'above', 'Gadgets in stock with fewer than so many pieces'),
  ('discrepancies', 'payments', 'builtin', 'discrepancies', 0, NULL, NULL, 'findings', 60, NULL, 1, 1, 'above', 'Open discrepancies'),
  ('paid_not_recorded', 'payments', 'builtin', 'paid_not_recorded', NULL, 0, NULL, 'findings', 60, NULL, 1, 1, 'above', 'Payments that the gateway has and the shop does not'),
  ('outbox', 'alerts', 'builtin', 'outbox', 0, 100, 10, 'messages', 60, NULL, 1, 1, 'above', 'Messages that wait for longer than so many minutes, and those given up within a day'),
  ('connections', 'server', 'builtin', 'connections', 80, 95, NULL, 'percent', NULL, NULL, 2, 3, 'above', 'Connections, of max_connections'),
  ('transactions', 'server', 'builtin', 'transactions', 600, 3600, NULL, 's', 60, NULL, 1, 1, 'above', 'Age of the oldest open transaction'),
  ('lock_waits', 'server', 'builtin', 'lock_waits', 10, 100, NULL, 'locks', NULL, NULL, 2, 3, 'above', 'Statements that wait for a row lock or for a table''s'),
  ('history_length', 'server', 'builtin', 'history_length', 1000000, 10000000, NULL, 'records', 60, NULL, 2, 3, 'above', 'Old versions of rows that InnoDB has not purged'),
  ('replication', 'server', 'builtin', 'replication', 60, 600, NULL, 's', NULL, NULL, 2, 3, 'above', 'How far a replica is behind'),
  ('disk', 'server', 'builtin', 'disk', 85, 95, NULL, 'percent', 30, NULL, 1, 3, 'above', 'How full the file systems of datadir and tmpdir are'),
  ('error_log', 'server', 'builtin', 'error_log', 0, NULL, NULL, 'lines', 60, NULL, 1, 1, 'above', 'Errors in the error log since the last look'),
  ('threads', 'purser', 'builtin', 'threads', 60, 300, NULL, 's', NULL, NULL, 1, 1, 'above', 'By how much the slowest of Purser''s threads is overdue'),
  ('rate_limit_peers', 'purser', 'builtin', 'rate_limit_peers', 0, NULL, NULL, 'peers', NULL, NULL, 2, 3, 'above', 'Nodes that rate limits are counted with, and that do not answer'),
  ('rate_limit_store', 'purser', 'builtin', 'rate_limit_store', 0, 60, NULL, 's', NULL, NULL, 1, 1, 'above', 'For how long the store of the rate limits gives no answer'),
  ('certificates', 'server', 'builtin', 'certificates', 21, 3, NULL, 'days', 3600, 20, 1, 1, 'below', 'Days until the first certificate ends');

-- ---- sql/install/accounts.sql
-- purser: the account of the worker. The plugin gives it a new random password at each start, on this
-- server alone; until then nobody can log in with it. An existing account keeps its password.
-- purser_api: the client API's, in the same way; it may call three procedures.
-- purser_definer: owns the definer routines; locked, nobody ever logs in with it.
DELIMITER //
BEGIN NOT ATOMIC
  -- A password validation plugin with strict_password_validation refuses a hash (1290), and an empty
  -- password (1819): then the accounts start with a random password that nobody is told.
  DECLARE EXIT HANDLER FOR 1290, 1819
  BEGIN
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))));
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser_api`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))));
    EXECUTE IMMEDIATE CONCAT(
      'CREATE USER IF NOT EXISTS `purser_definer`@`localhost` IDENTIFIED BY ',
      QUOTE(CONCAT('aA1-', TO_BASE64(RANDOM_BYTES(27)))), ' ACCOUNT LOCK');
  END;
  CREATE USER IF NOT EXISTS `purser`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid';
  CREATE USER IF NOT EXISTS `purser_api`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid';
  CREATE USER IF NOT EXISTS `purser_definer`@`localhost`
    IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;
END//
DELIMITER ;
ALTER USER `purser`@`localhost` WITH MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER;
ALTER USER `purser_api`@`localhost` WITH MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE NEVER;
ALTER USER `purser_definer`@`localhost` ACCOUNT LOCK PASSWORD EXPIRE NEVER;

CREATE ROLE IF NOT EXISTS purser_app;
CREATE ROLE IF NOT EXISTS purser_reader;
CREATE ROLE IF NOT EXISTS purser_admin;

-- ---- sql/install/library.sql
-- The functions of purser.so. They belong to this server alone: neither the binary log nor Galera
-- carries them, since another server may not have the library yet. On a replica, and on each further
-- node of a cluster, run just this file (sql/install/library.sql): all else arrives by replication.
SET @purser_old_log_bin = @@SESSION.sql_log_bin;
SET SESSION sql_log_bin = OFF;
DELIMITER //
BEGIN NOT ATOMIC
  SET @purser_old_wsrep_on = NULL;
  IF EXISTS (SELECT 1 FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_NAME = 'WSREP_ON') THEN
    EXECUTE IMMEDIATE 'SET @purser_old_wsrep_on = @@SESSION.wsrep_on';
    EXECUTE IMMEDIATE 'SET SESSION wsrep_on = OFF';
  END IF;
END//
BEGIN NOT ATOMIC
  DECLARE v_why TEXT;
  DECLARE EXIT HANDLER FOR 1126, 1127
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = LEFT(CONCAT('purser.so of this release must be in the server''s plugin_dir (', @@plugin_dir,
      ') before this file is run, and where an older one was loaded the server restarted: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;
  DECLARE EXIT HANDLER FOR 1026
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = LEFT(CONCAT('mysql.func has functions that this server did not load when it started (was it restored from a dump?): ',
      'restart it, then run this file again: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;
  CREATE FUNCTION IF NOT EXISTS purser_version RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_last_error RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_setting RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_job RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_policy RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limits RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_refund RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_reset RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_headers RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_keys RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_rate_limit_load RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_token_bucket RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_stock_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_order_items_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_subscriptions_batch RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_diff RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_leaf RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_audit_now RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_hmac RETURNS STRING SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_webhook_verify RETURNS INTEGER SONAME 'purser.so';
  CREATE FUNCTION IF NOT EXISTS purser_client_secret RETURNS STRING SONAME 'purser.so';

  -- A server that was started without the library knows the functions by name and cannot call them
  -- (1305): these are made anew.
  FOR f IN (SELECT SUBSTRING_INDEX(j.example, '(', 1) AS name, j.example, j.returns
              FROM JSON_TABLE('[["STRING",  "purser_version()"],
                                ["STRING",  "purser_last_error()"],
                                ["STRING",  "purser_setting(NULL)"],
                                ["STRING",  "purser_job(NULL, NULL, NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit(NULL, NULL, NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_policy(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limits(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_refund(NULL, NULL)"],
                                ["INTEGER", "purser_rate_limit_reset(NULL, NULL)"],
                                ["STRING",  "purser_rate_limit_headers(NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_rate_limit_keys()"],
                                ["INTEGER", "purser_rate_limit_load(NULL)"],
                                ["INTEGER", "purser_token_bucket(NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_stock_batch(NULL)"],
                                ["STRING",  "purser_order_items_batch(NULL)"],
                                ["STRING",  "purser_subscriptions_batch(NULL)"],
                                ["STRING",  "purser_audit_diff(NULL, NULL)"],
                                ["STRING",  "purser_audit_leaf(NULL, NULL, NULL, NULL, NULL, NULL, NULL)"],
                                ["STRING",  "purser_audit_now()"],
                                ["STRING",  "purser_hmac(NULL, NULL, NULL)"],
                                ["INTEGER", "purser_webhook_verify(NULL, NULL, NULL)"],
                                ["STRING",  "purser_client_secret(NULL)"]]',
                              '$[*]' COLUMNS (returns VARCHAR(16) PATH '$[0]', example VARCHAR(128) PATH '$[1]')) AS j)
  DO
    BEGIN
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
      DECLARE EXIT HANDLER FOR 1305
      BEGIN
        EXECUTE IMMEDIATE CONCAT('DROP FUNCTION IF EXISTS ', f.name);
        EXECUTE IMMEDIATE CONCAT('CREATE FUNCTION ', f.name, ' RETURNS ', f.returns, ' SONAME ''purser.so''');
      END;
      SET @purser_example = CONCAT('SELECT ', f.example);
      PREPARE purser_example FROM @purser_example;
      DEALLOCATE PREPARE purser_example;
    END;
  END FOR;
  SET @purser_example = NULL;
END//
BEGIN NOT ATOMIC
  IF @purser_old_wsrep_on IS NOT NULL THEN
    EXECUTE IMMEDIATE 'SET SESSION wsrep_on = @purser_old_wsrep_on';
  END IF;
END//
DELIMITER ;
SET SESSION sql_log_bin = @purser_old_log_bin;

-- ---- sql/functions/admin_why.sql
-- Bytes that are no UTF-8 do not keep anybody from a change.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.admin_why()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The session''s @purser_why as text. Used by what writes admin_log'
BEGIN
  DECLARE EXIT HANDLER FOR SQLEXCEPTION RETURN CONCAT('x', QUOTE(LEFT(HEX(@purser_why), 400)));
  RETURN CONVERT(@purser_why USING utf8mb4);
END//
DELIMITER ;

-- ---- sql/functions/api_answer.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_answer(
  p_client BIGINT UNSIGNED,
  p_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: the answer of an operation, as JSON; its parameters are good already'
BEGIN
  DECLARE v_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_parameters, '$.cursor');
  DECLARE v_limit INT UNSIGNED DEFAULT COALESCE(JSON_VALUE(p_parameters, '$.limit'), IF(p_operation = 'usage_history', 12, 50));
  DECLARE v_date DATE DEFAULT JSON_VALUE(p_parameters, '$.date');

  CASE p_operation
    WHEN 'usage' THEN RETURN purser.api_usage(p_client);
    WHEN 'usage_history' THEN RETURN purser.api_usage_history(p_client, v_limit, v_cursor);
    WHEN 'package' THEN RETURN purser.api_package(p_client);
    WHEN 'transactions' THEN RETURN purser.api_transactions(p_client, v_limit, v_cursor,
      purser.api_moment(JSON_VALUE(p_parameters, '$.from')), purser.api_moment(JSON_VALUE(p_parameters, '$.to')));
    WHEN 'reconciliation' THEN RETURN purser.api_reconciliation(p_client, v_date,
      COALESCE(purser.api_moment(JSON_VALUE(p_parameters, '$.day_starts_at')), purser.api_day_starts_at(v_date)),
      COALESCE(purser.api_moment(JSON_VALUE(p_parameters, '$.day_ends_at')), purser.api_day_starts_at(v_date + INTERVAL 1 DAY)));
    WHEN 'checkpoint' THEN RETURN purser.api_checkpoint();
    ELSE RETURN NULL;
  END CASE;
END//
DELIMITER ;

-- ---- sql/functions/api_checkpoint.sql
-- No subquery of RETURN, SET or IF in the functions of the client API: InnoDB would lock what it reads, and wait for who writes it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_checkpoint()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: the last checkpoint of the audit log, as JSON; NULL: nothing is sealed yet'
BEGIN
  FOR s IN (SELECT checkpoint, tree_size, root, sealed_at FROM purser.audit_seals ORDER BY id DESC LIMIT 1)
  DO
    RETURN CONCAT('{"checkpoint":', JSON_QUOTE(s.checkpoint), ',"tree_size":', s.tree_size, ',"root_hash":"', LOWER(HEX(s.root)),
                  '","sealed_at":', purser.api_moment_json(s.sealed_at), '}');
  END FOR;
  RETURN NULL;
END//
DELIMITER ;

-- ---- sql/functions/api_cursor.sql
-- base64url without padding; TO_BASE64 breaks its lines.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_cursor(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A cursor of the client API: where the next page begins'
RETURN TRIM(TRAILING '=' FROM REPLACE(REPLACE(REPLACE(TO_BASE64(p_text), '\n', ''), '+', '-'), '/', '_'))//
DELIMITER ;

-- ---- sql/functions/api_cursor_text.sql
-- What is no base64 of UTF-8 is a warning or an error to the server, and no cursor to the client.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_cursor_text(
  p_kind CHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What api_cursor made a cursor of, without its kind: for h1 a month, for t1 moment, count and reference; NULL: it is no such cursor'
BEGIN
  DECLARE v_bytes LONGBLOB;
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET v_text = NULL;

  IF NOT COALESCE(p_cursor REGEXP '^[A-Za-z0-9_-]{4,8192}\\z', FALSE) OR CHAR_LENGTH(p_cursor) MOD 4 = 1 THEN
    RETURN NULL;
  END IF;
  SET v_bytes = FROM_BASE64(RPAD(REPLACE(REPLACE(p_cursor, '-', '+'), '_', '/'), (CHAR_LENGTH(p_cursor) + 3) DIV 4 * 4, '='));
  SET v_text = CONVERT(v_bytes USING utf8mb4);
  IF v_text IS NULL OR HEX(v_text) <> HEX(v_bytes) OR LEFT(v_text, 3) <> CONCAT(p_kind, ' ') THEN
    RETURN NULL;
  END IF;
  SET v_text = SUBSTR(v_text, 4);
  RETURN CASE p_kind
    WHEN 'h1' THEN IF(v_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])\\z', v_text, NULL)
    WHEN 't1' THEN IF(v_text REGEXP '^[^ ]{27} [1-9][0-9]{0,8} ' AND purser.api_moment(LEFT(v_text, 27)) IS NOT NULL, v_text, NULL) END;
END//
DELIMITER ;

-- ---- sql/functions/api_day_starts_at.sql
-- The calendar of months knows the zone as the library does. In a month without a change of the clocks its days follow from its
-- beginning; else the server's own tables of time zones are asked, which may be empty.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_day_starts_at(p_date DATE)
  RETURNS DATETIME(6)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The moment (UTC) at which a day begins in the time zone of the business; NULL: it cannot be said'
BEGIN
  DECLARE v_starts, v_ends DATETIME(6) DEFAULT NULL;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT MAX(starts_at), MAX(zone) INTO v_starts, v_zone FROM purser.usage_months WHERE month = LEFT(p_date, 7);
  SELECT MAX(starts_at) INTO v_ends FROM purser.usage_months WHERE month = LEFT(LAST_DAY(p_date) + INTERVAL 1 DAY, 7);
  RETURN IF(DAY(p_date) = 1 OR TIMESTAMPDIFF(SECOND, v_starts, v_ends) = DAY(LAST_DAY(p_date)) * 86400,
            v_starts + INTERVAL DAY(p_date) - 1 DAY,
            CONVERT_TZ(TIMESTAMP(p_date), v_zone, '+00:00'));
END//
DELIMITER ;

-- ---- sql/functions/api_is_date.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_is_date(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS BOOLEAN
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Is it a day of the calendar, as 2026-07-31?'
RETURN IF(COALESCE(p_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\\z', FALSE),
          RIGHT(p_text, 2) <= COALESCE(DAY(LAST_DAY(CONCAT(LEFT(p_text, 7), '-01'))), 0), FALSE)//
DELIMITER ;

-- ---- sql/functions/api_moment.sql
-- By hand, since a cast of what is no moment is a warning or an error, as sql_mode says.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_moment(
  p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS DATETIME(6)
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A moment (UTC) as the client API writes it, as 2026-07-31T09:30:00Z with at most six decimals; NULL for anything else'
RETURN IF(COALESCE(p_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z\\z', FALSE)
          AND purser.api_is_date(LEFT(p_text, 10)),
          CAST(CONCAT(LEFT(p_text, 10), ' ', SUBSTR(p_text, 12, CHAR_LENGTH(p_text) - 12)) AS DATETIME(6)), NULL)//
DELIMITER ;

-- ---- sql/functions/api_moment_json.sql
-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_moment_json(p_moment DATETIME(6))
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A moment (UTC) as a JSON string, or null'
RETURN COALESCE(CONCAT('"', DATE_FORMAT(p_moment, '%Y-%m-%dT%H:%i:%s.%fZ'), '"'), 'null')//
DELIMITER ;

-- ---- sql/functions/api_money_json.sql
-- utf8mb4_bin, as that of JSON_QUOTE, which they are joined with.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_money_json(p_amount DECIMAL(25,4))
  RETURNS VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An amount as a JSON string with four decimals, or null'
RETURN COALESCE(CONCAT('"', p_amount, '"'), 'null')//
DELIMITER ;

-- ---- sql/functions/api_number_json.sql
-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_number_json(p_number DECIMAL(12,2))
  RETURNS VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A percentage as a JSON number without idle zeros, or null'
RETURN COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM p_number)), 'null')//
DELIMITER ;

-- ---- sql/functions/api_package.sql
-- An upgrade is one that switch_package would allow: offered, and in the same currency. Why an override was given is not told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_package(p_client BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a client''s package, as JSON'
BEGIN
  DECLARE v_upgrade LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'null';

  FOR u IN (SELECT n.name, n.description, n.price, n.currency, n.volume_limit, n.transaction_limit
              FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package
              JOIN purser.packages AS n ON n.position > p.position AND n.offered AND n.currency = p.currency
             WHERE c.id = p_client ORDER BY n.position LIMIT 1)
  DO
    SET v_upgrade = CONCAT('{"name":', JSON_QUOTE(u.name), ',"description":', JSON_QUOTE(u.description),
      ',"price":', purser.api_money_json(u.price), ',"currency":', JSON_QUOTE(u.currency),
      ',"volume_limit":', purser.api_money_json(u.volume_limit), ',"transaction_limit":', COALESCE(u.transaction_limit, 'null'), '}');
  END FOR;
  FOR l IN (SELECT p.name, p.description, l.price, l.currency, l.volume_limit, l.transaction_limit, o.id AS override, o.price AS o_price,
                   o.volume_limit AS o_volume, o.transaction_limit AS o_transactions, o.starts_at, o.ends_at
              FROM purser.client_limits AS l
              JOIN purser.packages AS p ON p.name = l.package
              LEFT JOIN purser.pricing_overrides AS o ON o.id = l.override_id
             WHERE l.client_id = p_client)
  DO
    RETURN CONCAT('{"name":', JSON_QUOTE(l.name), ',"description":', JSON_QUOTE(l.description),
      ',"price":', purser.api_money_json(l.price), ',"currency":', JSON_QUOTE(l.currency),
      ',"volume_limit":', purser.api_money_json(l.volume_limit), ',"transaction_limit":', COALESCE(l.transaction_limit, 'null'),
      ',"override":', IF(l.override IS NULL, 'null', CONCAT(
        '{"price":', purser.api_money_json(l.o_price), ',"volume_limit":', purser.api_money_json(l.o_volume),
        ',"transaction_limit":', COALESCE(l.o_transactions, 'null'), ',"from":', purser.api_moment_json(l.starts_at),
        ',"until":', purser.api_moment_json(NULLIF(l.ends_at, '9999-12-31 00:00:00')), '}')),
      ',"upgrade":', v_upgrade, '}');
  END FOR;
  RETURN NULL;
END//
DELIMITER ;

-- ---- sql/functions/api_parameters_why.sql
-- The plugin has refused what it does not know before; this one trusts nobody.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_parameters_why(
  p_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Why the parameters (a JSON object) of an operation of the client API are no good, as "name: sentence"; NULL: they are'
BEGIN
  DECLARE v_known VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE p_operation
    WHEN 'usage_history' THEN 'limit,cursor' WHEN 'transactions' THEN 'limit,cursor,from,to'
    WHEN 'reconciliation' THEN 'date,day_starts_at,day_ends_at' ELSE '' END;
  DECLARE v_most INT DEFAULT IF(p_operation = 'usage_history', 120, 200);
  DECLARE v_keys, v_name, v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_parameters), FALSE) OR JSON_TYPE(p_parameters) <> 'OBJECT' OR LENGTH(p_parameters) > 65536 THEN
    RETURN 'parameters: a JSON object was expected';
  END IF;
  SET v_keys = JSON_KEYS(p_parameters);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_name = COALESCE(JSON_VALUE(v_keys, CONCAT('$[', i, ']')), '');
    IF v_name = '' OR LOCATE(',', v_name) OR NOT FIND_IN_SET(v_name, v_known) THEN
      RETURN CONCAT(LEFT(v_name, 64), ': there is no such parameter here');
    END IF;
    SET v_value = JSON_VALUE(p_parameters, CONCAT('$.', v_name));
    SET v_why = CASE
      WHEN JSON_TYPE(JSON_EXTRACT(p_parameters, CONCAT('$.', v_name))) NOT IN ('STRING', 'INTEGER') THEN 'a text or a number was expected'
      WHEN v_name = 'limit' AND (v_value NOT REGEXP '^[1-9][0-9]{0,2}\\z' OR CAST(LEFT(v_value, 3) AS UNSIGNED) > v_most)
        THEN CONCAT('a whole number from 1 to ', v_most, ' was expected')
      WHEN v_name = 'cursor' AND purser.api_cursor_text(IF(p_operation = 'usage_history', 'h1', 't1'), v_value) IS NULL
        THEN 'it is none that this operation gave as next_cursor'
      WHEN v_name IN ('from', 'to', 'day_starts_at', 'day_ends_at') AND purser.api_moment(v_value) IS NULL
        THEN 'a moment in UTC was expected, as 2026-07-31T09:30:00Z'
      WHEN v_name = 'date' AND NOT (purser.api_is_date(v_value) AND LEFT(v_value, 1) IN ('1', '2')) THEN 'a day was expected, as 2026-07-31' END;
    SET v_why = CONCAT(v_name, ': ', v_why), i = i + 1;
  END WHILE;
  RETURN CASE
    WHEN v_why IS NOT NULL THEN v_why
    WHEN p_operation = 'reconciliation' AND JSON_VALUE(p_parameters, '$.date') IS NULL THEN 'date: it is missing; a day was expected, as 2026-07-31'
    WHEN purser.api_moment(JSON_VALUE(p_parameters, '$.from')) >= purser.api_moment(JSON_VALUE(p_parameters, '$.to'))
      THEN 'from: it must be before "to"' END;
END//
DELIMITER ;

-- ---- sql/functions/api_reconciliation.sql
-- Runs and discrepancies are of all clients together and carry references only. So a discrepancy is a client's where one of its transactions
-- has the reference, and no other client's has: whose it is cannot be told then, and nobody is shown another's payment. Of 20,000 transactions a day and more, 10,000 discrepancies of all, or more than 500 of the client's own, some are not
-- looked at, and "truncated" says so. A mapped table has no index by reference: there the client's transactions of the week around the day are looked at.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_reconciliation(
  p_client BIGINT UNSIGNED,
  p_date DATE,
  p_from DATETIME(6),
  p_to DATETIME(6))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: what the reconciliation of a day (from p_from to before p_to, UTC) says of a client''s transactions, as JSON; NULL where the day has no bounds'
BEGIN
  DECLARE v_mapped BOOLEAN DEFAULT FALSE;
  DECLARE v_runs, v_complete, v_rows, v_looked, v_found BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_count, v_matched BIGINT DEFAULT 0;
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_json, v_piece LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  IF p_from IS NULL OR p_to IS NULL THEN
    RETURN NULL;
  END IF;
  -- SELECT … INTO takes no lock, as a subquery of SET would
  SELECT MAX(p.currency), EXISTS (SELECT 1 FROM purser.settings WHERE name = 'usage_table') INTO v_currency, v_mapped
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  SELECT MAX(zone) INTO v_zone FROM purser.usage_months WHERE month = LEFT(p_date, 7);
  SELECT COUNT(*), COALESCE(SUM(s.state = 'complete'), 0) INTO v_runs, v_complete
    FROM (SELECT STRAIGHT_JOIN r.state,
                 ROW_NUMBER() OVER (PARTITION BY r.gateway ORDER BY r.state = 'running', r.state = 'failed', r.id DESC) AS place
            FROM purser.gateways AS g
            JOIN purser.reconciliation_runs AS r FORCE INDEX (by_day) ON r.gateway = g.name AND r.business_date = p_date) AS s
   WHERE s.place = 1;

  SELECT COUNT(*), COALESCE(SUM(t.amount >= 0), 0), COALESCE(SUM(IF(COALESCE(t.currency, v_currency) = v_currency, t.amount, 0)), 0),
         COALESCE(SUM(t.amount >= 0 AND EXISTS (
           SELECT STRAIGHT_JOIN 1 FROM purser.gateways AS g
             JOIN purser.gateway_transactions AS x FORCE INDEX (by_ref) ON x.gateway = g.name AND x.transaction_ref = t.reference
            WHERE x.kind = 'payment' AND x.status <> 'not_found')), 0)
    INTO v_rows, v_count, v_volume, v_matched
    -- the view first, here and below: see docs/internals/style.md, "A call that is interrupted"
    FROM ((SELECT COALESCE(m.reference, '') AS reference, m.amount, m.currency FROM purser.app_client_usage AS m
            -- BETWEEN: see api_transactions
            WHERE v_mapped AND m.client_id BETWEEN p_client AND p_client AND m.occurred_at >= p_from AND m.occurred_at < p_to AND m.amount IS NOT NULL
            ORDER BY m.client_id DESC, m.occurred_at DESC LIMIT 20000)
          UNION ALL
          (SELECT c.reference, c.amount, c.currency FROM purser.client_transactions AS c FORCE INDEX (by_client)
            WHERE NOT v_mapped AND c.client_id = p_client AND c.occurred_at >= p_from AND c.occurred_at < p_to
            ORDER BY c.occurred_at DESC, c.reference DESC LIMIT 20000)) AS t;

  FOR d IN (
    SELECT f.type, f.transaction_ref, f.gateway, f.internal_amount, f.gateway_amount, COALESCE(NULLIF(f.currency, ''), NULLIF(f.gateway_currency, '')) AS currency, f.state, f.detected_at
      FROM ((SELECT STRAIGHT_JOIN d.id, d.type, d.transaction_ref, d.gateway, d.internal_amount, d.gateway_amount, d.currency, d.gateway_currency, d.state, d.detected_at
               FROM (SELECT DISTINCT s.reference
                       FROM (SELECT m.reference FROM purser.app_client_usage AS m
                              WHERE v_mapped AND m.client_id BETWEEN p_client AND p_client AND m.occurred_at >= p_from - INTERVAL 3 DAY
                                AND m.occurred_at < p_to + INTERVAL 3 DAY AND m.reference <> '' LIMIT 20000) AS s) AS t
               JOIN purser.gateways AS g
               JOIN purser.discrepancies AS d FORCE INDEX (one_finding)
                 ON d.gateway = g.name AND d.transaction_ref = t.reference AND d.business_date = p_date AND d.holds
              WHERE v_mapped ORDER BY d.id LIMIT 501)
            UNION ALL
            (SELECT STRAIGHT_JOIN d.id, d.type, d.transaction_ref, d.gateway, d.internal_amount, d.gateway_amount, d.currency, d.gateway_currency, d.state, d.detected_at
               FROM (SELECT STRAIGHT_JOIN e.* FROM purser.gateways AS g
                       JOIN purser.discrepancies AS e FORCE INDEX (by_day)
                         ON e.gateway = g.name AND e.business_date = p_date AND e.holds
                      WHERE NOT v_mapped LIMIT 10000) AS d
               JOIN purser.client_transactions AS c FORCE INDEX (one_reference) ON c.client_id = p_client AND c.reference = d.transaction_ref
              WHERE NOT v_mapped
                AND (SELECT 1 FROM purser.client_transactions AS o FORCE INDEX (one_reference)
                      WHERE o.reference = d.transaction_ref AND o.client_id <> p_client LIMIT 1) IS NULL
              ORDER BY d.id LIMIT 501)) AS f
     ORDER BY f.id)
  DO
    SET v_found = v_found + 1;
    IF v_found <= 500 THEN
      SET v_piece = CONCAT(v_piece, IF(v_found = 1, '', ','),
        '{"type":"', d.type, '","reference":', JSON_QUOTE(d.transaction_ref), ',"gateway":', JSON_QUOTE(d.gateway),
        ',"amount":', purser.api_money_json(d.internal_amount), ',"gateway_amount":', purser.api_money_json(d.gateway_amount),
        ',"currency":', COALESCE(JSON_QUOTE(d.currency), 'null'), ',"state":"', d.state, '","detected_at":', purser.api_moment_json(d.detected_at), '}');
    END IF;
    IF v_found MOD 50 = 0 THEN
      SET v_json = CONCAT(v_json, v_piece), v_piece = '';
    END IF;
  END FOR;
  SELECT STRAIGHT_JOIN COUNT(*) INTO v_looked
    FROM (SELECT 1 FROM purser.gateways AS g
            JOIN purser.discrepancies AS e FORCE INDEX (by_day) ON e.gateway = g.name AND e.business_date = p_date AND e.holds
           WHERE NOT v_mapped LIMIT 10000) AS s;

  RETURN CONCAT('{"date":"', p_date, '","time_zone":',
    COALESCE(JSON_QUOTE(v_zone), 'null'),
    ',"complete":', IF(v_runs > 0 AND v_complete = v_runs, 'true', 'false'),
    ',"transactions":{"count":', v_count, ',"volume":', purser.api_money_json(v_volume), ',"currency":', JSON_QUOTE(v_currency),
    '},"matched":', v_matched, ',"discrepancies":[', v_json, v_piece,
    '],"truncated":', IF(v_rows >= 20000 OR v_found > 500 OR v_looked >= 10000, 'true', 'false'), '}');
END//
DELIMITER ;

-- ---- sql/functions/api_transactions.sql
-- Newest first. The key of a page is (occurred_at, reference): with client_transactions a range of the index by_client, however many have
-- one moment. In a mapped table nothing says that a reference is there once: a cursor counts how many of its own were given.
-- There the page is found by its oldest moment first, so that an index (client, moment) will do where the column is a DATETIME in UTC.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_transactions(
  p_client BIGINT UNSIGNED,
  p_limit INT UNSIGNED,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_from DATETIME(6),
  p_to DATETIME(6))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a page of a client''s transactions from p_from to before p_to (NULL: all), the newest first, as JSON'
BEGIN
  DECLARE v_at LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.api_cursor_text('t1', p_cursor);
  DECLARE v_mapped BOOLEAN DEFAULT FALSE;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_from, v_oldest DATETIME(6) DEFAULT COALESCE(p_from, '0000-01-01');
  DECLARE v_until DATETIME(6) DEFAULT COALESCE(p_to, '9999-12-31 23:59:59.999999');
  DECLARE v_moment DATETIME(6) DEFAULT purser.api_moment(LEFT(v_at, 27));
  DECLARE v_reference LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_tie BOOLEAN DEFAULT FALSE;
  DECLARE v_same, v_skip, v_more, n INT UNSIGNED DEFAULT 0;
  DECLARE v_json, v_next LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- SELECT … INTO takes no lock, as a subquery of SET would
  SELECT MAX(p.currency), EXISTS (SELECT 1 FROM purser.settings WHERE name = 'usage_table') INTO v_currency, v_mapped
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  SET v_next = NULL, v_more = p_limit + 1;
  IF v_moment < v_until THEN
    SET v_until = v_moment, v_reference = SUBSTR(v_at, 29 + LOCATE(' ', SUBSTR(v_at, 29))),
        v_same = SUBSTRING_INDEX(SUBSTR(v_at, 29), ' ', 1), v_tie = TRUE;
    IF v_mapped THEN
      SELECT COUNT(*) INTO v_skip
        FROM (SELECT 1 FROM purser.app_client_usage
               WHERE client_id = p_client AND occurred_at = v_until AND COALESCE(reference, '') = v_reference AND amount IS NOT NULL LIMIT v_same) AS s;
    END IF;
  END IF;
  IF v_mapped THEN
    SET v_more = v_skip + v_more;
    -- BETWEEN: by an equation the server would go down from the client's newest row
    SELECT COALESCE(MIN(s.occurred_at), v_from) INTO v_oldest
      FROM (SELECT occurred_at FROM purser.app_client_usage
             WHERE client_id BETWEEN p_client AND p_client AND occurred_at >= v_from AND occurred_at <= v_until
               AND (occurred_at < v_until OR (v_tie AND occurred_at = v_until AND COALESCE(reference, '') <= v_reference)) AND amount IS NOT NULL
             ORDER BY client_id DESC, occurred_at DESC LIMIT v_more) AS s;
    SET v_more = p_limit + 1;
  END IF;
  SET v_same = v_skip;

  -- the view first: see docs/internals/style.md, "A call that is interrupted"
  FOR t IN (
    SELECT u.reference, u.amount, u.currency, u.occurred_at FROM (
      (SELECT COALESCE(m.reference, '') AS reference, m.amount, m.currency, m.occurred_at
         FROM purser.app_client_usage AS m
        WHERE v_mapped AND m.client_id = p_client AND m.occurred_at >= v_oldest AND m.occurred_at <= v_until
          AND (m.occurred_at < v_until OR (v_tie AND m.occurred_at = v_until AND COALESCE(m.reference, '') <= v_reference))
          AND m.amount IS NOT NULL
        ORDER BY m.occurred_at DESC, COALESCE(m.reference, '') DESC, m.amount LIMIT v_skip, v_more)
      UNION ALL
      (SELECT c.reference, c.amount, c.currency, c.occurred_at
         FROM purser.client_transactions AS c FORCE INDEX (by_client)
        WHERE NOT v_mapped AND c.client_id = p_client AND c.occurred_at >= v_from
          AND (c.occurred_at < v_until OR (c.occurred_at = v_until AND c.reference < v_reference))
        ORDER BY c.occurred_at DESC, c.reference DESC LIMIT v_more)) AS u
     ORDER BY u.occurred_at DESC, u.reference DESC, u.amount)
  DO
    SET n = n + 1;
    IF n > p_limit THEN
      SET v_next = purser.api_cursor(CONCAT('t1 ', JSON_UNQUOTE(purser.api_moment_json(v_until)), ' ', v_same, ' ', v_reference));
    ELSE
      SET v_same = IF(t.occurred_at = v_until AND t.reference = v_reference, v_same, 0) + 1, v_until = t.occurred_at, v_reference = t.reference,
          v_json = CONCAT(v_json, IF(n = 1, '', ','),
            '{"reference":', JSON_QUOTE(t.reference), ',"amount":', purser.api_money_json(t.amount),
            ',"currency":', JSON_QUOTE(COALESCE(t.currency, v_currency)), ',"occurred_at":', purser.api_moment_json(t.occurred_at), '}');
    END IF;
  END FOR;
  RETURN CONCAT('{"data":[', v_json, '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}');
END//
DELIMITER ;

-- ---- sql/functions/api_usage.sql
-- "allowed" is what purser_usage_allowed would say of the smallest payment. That one locks; this one is a look.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage(p_client BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: what a client has used this month, as JSON'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_other BIGINT DEFAULT 0;
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  -- as usage_month, without its lock
  SELECT COALESCE((SELECT month FROM purser.usage_months WHERE starts_at <= UTC_TIMESTAMP(6) ORDER BY starts_at DESC LIMIT 1), MIN(month))
    INTO v_month FROM (SELECT month FROM purser.usage_months ORDER BY starts_at LIMIT 1) AS first;
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0)
    INTO v_volume, v_transactions, v_other
    FROM purser.client_usage FORCE INDEX (PRIMARY) WHERE client_id = p_client AND month = v_month;
  FOR l IN (SELECT c.name, l.package, l.currency, l.volume_limit, l.transaction_limit, l.thresholds, l.hard_stop, l.status
              FROM purser.client_limits AS l JOIN purser.clients AS c ON c.id = l.client_id WHERE l.client_id = p_client)
  DO
    SET v_json = CONCAT(
      '{"client_id":', p_client, ',"name":', JSON_QUOTE(l.name), ',"month":', COALESCE(JSON_QUOTE(v_month), 'null'),
      ',"package":', JSON_QUOTE(l.package),
      ',"volume":{"used":', purser.api_money_json(v_volume), ',"limit":', purser.api_money_json(l.volume_limit),
      ',"percent":', purser.api_number_json(purser.usage_percent(v_volume, l.volume_limit)),
      '},"transactions":{"used":', v_transactions, ',"limit":', COALESCE(l.transaction_limit, 'null'),
      ',"percent":', purser.api_number_json(purser.usage_percent(v_transactions, l.transaction_limit)),
      '},"other_currency":', v_other, ',"currency":', JSON_QUOTE(l.currency), ',"status":"', l.status,
      '","allowed":', IF(l.status = 'active' AND (NOT l.hard_stop
        OR (COALESCE(v_volume < l.volume_limit, TRUE) AND COALESCE(v_transactions < CAST(l.transaction_limit AS DECIMAL(25)), TRUE))),
        'true', 'false'),
      ',"hard_stop":', IF(l.hard_stop, 'true', 'false'), ',',
      purser.api_usage_told(p_client, v_month, l.thresholds,
        purser.client_percent(v_volume, l.volume_limit, v_transactions, l.transaction_limit)), '}');
  END FOR;
  RETURN v_json;
END//
DELIMITER ;

-- ---- sql/functions/api_usage_history.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage_history(
  p_client BIGINT UNSIGNED,
  p_limit INT UNSIGNED,
  p_cursor LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the client API: a page of a client''s closed months, the newest first, as JSON'
BEGIN
  DECLARE v_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(purser.api_cursor_text('h1', p_cursor), '9999-99');
  DECLARE v_json, v_next LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_more, n INT UNSIGNED DEFAULT 0;

  SET v_next = NULL, v_more = p_limit + 1;
  FOR h IN (SELECT month, package, volume, transactions, volume_limit, transaction_limit, price, currency, closed_at
              FROM purser.usage_history FORCE INDEX (PRIMARY)
             WHERE client_id = p_client AND month < v_before
             ORDER BY month DESC LIMIT v_more)
  DO
    SET n = n + 1;
    IF n > p_limit THEN
      SET v_next = purser.api_cursor(CONCAT('h1 ', v_before));
    ELSE
      SET v_before = h.month, v_json = CONCAT(v_json, IF(n = 1, '', ','),
        '{"month":"', h.month, '","package":', JSON_QUOTE(h.package), ',"volume":', purser.api_money_json(h.volume),
        ',"transactions":', h.transactions, ',"volume_limit":', purser.api_money_json(h.volume_limit),
        ',"transaction_limit":', COALESCE(h.transaction_limit, 'null'), ',"price":', purser.api_money_json(h.price),
        ',"currency":', JSON_QUOTE(h.currency), ',"closed_at":', purser.api_moment_json(h.closed_at), '}');
    END IF;
  END FOR;
  RETURN CONCAT('{"data":[', v_json, '],"next_cursor":', COALESCE(JSON_QUOTE(v_next), 'null'), '}');
END//
DELIMITER ;

-- ---- sql/functions/api_usage_told.sql
-- utf8mb4_bin: see api_money_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.api_usage_told(
  p_client BIGINT UNSIGNED,
  p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_percent DECIMAL(12,2))
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members thresholds and alerts of api_usage: at most 100 of each'
BEGIN
  DECLARE v_thresholds, v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR t IN (SELECT t.threshold, t.alert_type, a.created_at
              FROM purser.usage_thresholds AS t
              LEFT JOIN purser.usage_alerts AS a ON a.client_id = p_client AND a.alert_month = p_month AND a.threshold = t.threshold
             WHERE t.name_of_set = p_set ORDER BY t.threshold LIMIT 100)
  DO
    SET v_thresholds = CONCAT(v_thresholds, IF(v_thresholds = '', '', ','),
      '{"threshold":', purser.api_number_json(t.threshold), ',"type":', JSON_QUOTE(t.alert_type),
      ',"reached":', IF(COALESCE(p_percent >= t.threshold, FALSE), 'true', 'false'),
      ',"reached_at":', purser.api_moment_json(t.created_at), '}');
  END FOR;
  FOR a IN (SELECT threshold, alert_type, usage_percentage, current_volume, max_volume, sent_at, email_sent
              FROM purser.usage_alerts WHERE client_id = p_client AND alert_month = p_month ORDER BY threshold LIMIT 100)
  DO
    SET v_alerts = CONCAT(v_alerts, IF(v_alerts = '', '', ','),
      '{"threshold":', purser.api_number_json(a.threshold), ',"type":', JSON_QUOTE(a.alert_type),
      ',"usage_percentage":', purser.api_number_json(a.usage_percentage),
      ',"current_volume":', purser.api_money_json(a.current_volume), ',"max_volume":', purser.api_money_json(a.max_volume),
      ',"sent_at":', purser.api_moment_json(a.sent_at), ',"email_sent":', IF(a.email_sent, 'true', 'false'), '}');
  END FOR;
  RETURN CONCAT('"thresholds":[', v_thresholds, '],"alerts":[', v_alerts, ']');
END//
DELIMITER ;

-- ---- sql/functions/audit_columns_json.sql
-- Without the two of system versioning: the server writes them with each change. Without those that hold a constraint of
-- Purser's: they come and go with it, and a trigger that names one that is gone fails each write.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_columns_json(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Columns of a table that can be audited: name, type, character set, kind, bytes at most. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  FOR c IN (SELECT c.COLUMN_NAME AS n, c.DATA_TYPE AS d, c.COLUMN_TYPE AS t, c.CHARACTER_SET_NAME AS s,
                   c.CHARACTER_OCTET_LENGTH AS o,
                   c.DATA_TYPE IN ('longtext', 'mediumtext', 'text', 'varchar')
                     AND EXISTS (SELECT 1 FROM information_schema.CHECK_CONSTRAINTS AS k
                                  WHERE k.CONSTRAINT_SCHEMA = p_schema AND k.TABLE_NAME = p_table AND k.LEVEL = 'Column'
                                    AND k.CONSTRAINT_NAME = c.COLUMN_NAME
                                    AND k.CHECK_CLAUSE = CONCAT('json_valid(`', REPLACE(c.COLUMN_NAME, '`', '``'), '`)')) AS j
              FROM information_schema.COLUMNS AS c
             WHERE c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table
               AND COALESCE(c.GENERATION_EXPRESSION, '') NOT IN ('ROW START', 'ROW END')
               AND NOT (c.COLUMN_NAME LIKE 'purser\_%' AND c.EXTRA LIKE '%GENERATED%' AND c.EXTRA LIKE '%INVISIBLE%')
             ORDER BY c.ORDINAL_POSITION)
  DO
    SET v_list = JSON_ARRAY_APPEND(v_list, '$', JSON_OBJECT('n', c.n, 't', c.t, 's', c.s,
      'k', purser.audit_kind(c.d, c.t, c.s, c.j),
      'o', COALESCE(c.o, IF(purser.audit_kind(c.d, c.t, c.s, c.j) = 'geometry', 4294967295, 0))));
  END FOR;
  RETURN v_list;
END//
DELIMITER ;

-- ---- sql/functions/audit_diff.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_diff(
  p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What changed between two JSON objects, {"field":{"old":…,"new":…}}, as text; NULL where nothing did'
BEGIN
  RETURN CONVERT(purser_audit_diff(p_old, p_new) USING utf8mb4);
END//
DELIMITER ;

-- ---- sql/functions/audit_insert_sql.sql
-- The leaf is over the columns as they have just been stored: a name of a column in VALUES stands for the value
-- to the left of it. (A trigger on audit_log would cost a fifth more for each row.) SET insert_id would let any session
-- choose the row's id: one that is sealed already, or the last that there is. So it is taken back before. What the
-- statement itself needs of it the server has taken by then.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_insert_sql(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'INSERT into audit_log, under an id that no session chooses. Used by audit_enable'
BEGIN
  DECLARE v_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.layout');
  DECLARE v_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.masked');
  DECLARE v_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_options, '$.salt');
  DECLARE v_user LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.user');
  DECLARE v_key CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation = 'INSERT', 'NEW', 'OLD');
  DECLARE v_now CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation = 'DELETE', 'OLD', 'NEW');
  RETURN CONCAT(
    'IF @@insert_id > 0 THEN SET insert_id = 0; END IF;\n',
    'INSERT INTO purser.audit_log (table_schema, table_name, operation, record_id, user_id, timestamp, actor, account, ',
    'connection_id, old_values, new_values, leaf) VALUES (', QUOTE(p_schema), ', ', QUOTE(p_table), ', ''', p_operation, ''', ',
    purser.audit_record_sql(v_columns, JSON_EXTRACT(p_options, '$.key'), v_key), ', ',
    IF(JSON_LENGTH(v_user) = 0, 'NULL', CONCAT('LEFT(', purser.audit_record_sql(v_columns, v_user, v_now), ', 255)')),
    ', purser_audit_now(), LEFT(CONVERT(@purser_actor USING utf8mb4), 255), USER(), CONNECTION_ID(), ',
    IF(p_operation = 'INSERT', 'NULL', purser.audit_row_sql(v_columns, p_names, v_masked, v_salt, 'OLD')), ', ',
    IF(p_operation = 'DELETE', 'NULL', purser.audit_row_sql(v_columns, p_names, v_masked, v_salt, 'NEW')),
    ', UNHEX(purser_audit_leaf(table_name, operation, record_id, user_id, timestamp, old_values, new_values, ',
    'table_schema, actor, account, connection_id)))');
END//
DELIMITER ;

-- ---- sql/functions/audit_key_json.sql
-- What tells the rows of a table apart.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_key_json(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Columns of the primary key, else of the shortest unique key without NULL; [] where there is none. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_index VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT s.INDEX_NAME FROM information_schema.STATISTICS AS s
     WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = p_table AND s.NON_UNIQUE = 0
       -- nor an index of a constraint of Purser's that goes over hidden columns
       AND s.INDEX_NAME NOT IN (SELECT h.INDEX_NAME FROM information_schema.STATISTICS AS h JOIN information_schema.COLUMNS AS c
                                    ON c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table AND c.COLUMN_NAME = h.COLUMN_NAME
                                 WHERE h.TABLE_SCHEMA = p_schema AND h.TABLE_NAME = p_table
                                   AND c.COLUMN_NAME LIKE 'purser\_%' AND c.EXTRA LIKE '%GENERATED%' AND c.EXTRA LIKE '%INVISIBLE%')
     GROUP BY s.INDEX_NAME
    HAVING MAX(s.NULLABLE = 'YES') = 0 AND (s.INDEX_NAME = 'PRIMARY' OR MAX(s.SUB_PART IS NOT NULL) = 0)
     ORDER BY s.INDEX_NAME <> 'PRIMARY', COUNT(*), s.INDEX_NAME LIMIT 1);
  FOR c IN (SELECT s.COLUMN_NAME AS n
              FROM information_schema.STATISTICS AS s
              JOIN information_schema.COLUMNS AS c
                ON c.TABLE_SCHEMA = p_schema AND c.TABLE_NAME = p_table AND c.COLUMN_NAME = s.COLUMN_NAME
             WHERE s.TABLE_SCHEMA = p_schema AND s.TABLE_NAME = p_table AND s.INDEX_NAME = v_index
               AND COALESCE(c.GENERATION_EXPRESSION, '') NOT IN ('ROW START', 'ROW END')
             ORDER BY s.SEQ_IN_INDEX)
  DO
    SET v_list = JSON_ARRAY_APPEND(v_list, '$', c.n);
  END FOR;
  RETURN v_list;
END//
DELIMITER ;

-- ---- sql/functions/audit_kind.sql
-- plain: as JSON_OBJECT writes it. The others: see audit_value_sql.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_kind(
  p_data_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_column_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_charset VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_json BOOLEAN)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'How the values of a column are logged. Used by audit_enable'
BEGIN
  RETURN CASE
    WHEN p_json THEN 'json'
    WHEN p_data_type IN ('enum', 'set') THEN 'enum'
    WHEN p_charset = 'utf8mb4' THEN 'utf8'
    WHEN p_charset IS NOT NULL THEN 'text'
    WHEN p_data_type IN ('bit', 'year') OR p_column_type LIKE '%zerofill%' THEN 'number'
    WHEN p_data_type = 'float' THEN 'float'
    WHEN p_data_type = 'timestamp' THEN 'timestamp'
    WHEN p_data_type IN ('binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob') THEN 'binary'
    WHEN p_data_type IN ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon',
                         'geometrycollection', 'geomcollection') THEN 'geometry'
    WHEN p_data_type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'double', 'date', 'time',
                         'datetime') THEN 'plain'
    ELSE 'other'
  END;
END//
DELIMITER ;

-- ---- sql/functions/audit_layout_hash.sql
-- p_names: of which columns; NULL: of all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_layout_hash(
  p_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Hash over names and types of columns. Used by audit_enable and audit_status'
BEGIN
  DECLARE v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR c IN (SELECT c.n, c.t, c.s, c.k
              FROM JSON_TABLE(p_layout, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n', t LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.t',
                     s VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.s', k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k')) AS c
             WHERE p_names IS NULL OR JSON_CONTAINS(p_names, JSON_QUOTE(c.n))
             ORDER BY c.n)
  DO
    SET v_text = CONCAT(v_text, JSON_ARRAY(c.n, c.t, c.s, c.k));
  END FOR;
  RETURN SHA2(v_text, 256);
END//
DELIMITER ;

-- ---- sql/functions/audit_object_sql.sql
-- p_columns: as audit_columns_json makes it; p_row: OLD or NEW.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_object_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_limit BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the JSON object of a row. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR c IN (SELECT c.n, c.k, c.o, EXISTS (SELECT 1 FROM JSON_TABLE(p_masked, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS m WHERE m.n = c.n) AS masked
              FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k', o BIGINT UNSIGNED PATH '$.o')) AS c
              JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
             ORDER BY c.at)
  DO
    SET v_column = CONCAT(p_row, '.`', REPLACE(c.n, '`', '``'), '`');
    SET v_value = purser.audit_value_sql(v_column, c.k, IF(c.o > p_limit, p_limit, NULL));
    IF c.masked THEN
      SET v_value = CONCAT('CONCAT(''sha256:'', SHA2(CONCAT(', QUOTE(CONCAT(p_salt, ':', c.n, ':')), ', ', v_value, '), 256))');
    END IF;
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), '_utf8mb4', QUOTE(c.n), ', ', v_value);
  END FOR;
  RETURN CONCAT('JSON_OBJECT(', v_list, ')');
END//
DELIMITER ;

-- ---- sql/functions/audit_record_sql.sql
-- One column: its value; several: a JSON array.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_record_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for record_id. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR c IN (SELECT c.n, c.k, c.o
              FROM JSON_TABLE(p_key, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w
              JOIN JSON_TABLE(p_columns, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k', o BIGINT UNSIGNED PATH '$.o')) AS c ON c.n = w.n
             ORDER BY w.at)
  DO
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '),
      purser.audit_value_sql(CONCAT(p_row, '.`', REPLACE(c.n, '`', '``'), '`'), c.k, IF(c.o > 16383, 16383, NULL)));
  END FOR;
  RETURN IF(JSON_LENGTH(p_key) = 1, v_list, CONCAT('JSON_ARRAY(', v_list, ')'));
END//
DELIMITER ;

-- ---- sql/functions/audit_row_sql.sql
-- purser_audit_leaf takes 64 MiB a field, and a byte of text may become six of JSON: values share 10 MiB, each
-- has 1 MiB at most. JSON_OBJECT gives NULL where it would exceed max_allowed_packet: then only short values.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_row_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_masked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_salt CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the JSON object of a row, never too long. Used by audit_enable'
BEGIN
  DECLARE v_long BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_bytes BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_limit BIGINT UNSIGNED;
  SELECT COUNT(*), COALESCE(SUM(LEAST(c.o, 1048576)), 0) INTO v_long, v_bytes
    FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n', o BIGINT UNSIGNED PATH '$.o')) AS c
    JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
   WHERE c.o > 16383;
  IF v_long = 0 THEN
    RETURN purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, 1048576);
  END IF;
  SET v_limit = LEAST(1048576, 10485760 DIV v_long);
  RETURN CONCAT('COALESCE(', purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, v_limit), ', ',
    purser.audit_object_sql(p_columns, p_names, p_masked, p_salt, p_row, 64), ')');
END//
DELIMITER ;

-- ---- sql/functions/audit_same_sql.sql
-- Byte for byte: another case is a change, and so is a blank at the end, whatever the collation.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_same_sql(
  p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Condition that an UPDATE left columns as they were. Used by audit_enable'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR c IN (SELECT c.n, c.k
              FROM JSON_TABLE(p_columns, '$[*]' COLUMNS (at FOR ORDINALITY,
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n',
                     k VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.k')) AS c
              JOIN JSON_TABLE(p_names, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS w ON w.n = c.n
             ORDER BY c.at)
  DO
    SET v_column = CONCAT('`', REPLACE(c.n, '`', '``'), '`');
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ' AND '), REPLACE(REPLACE(CASE
      WHEN c.k IN ('utf8', 'text', 'json', 'binary') THEN 'BINARY NEW.? <=> BINARY OLD.?'
      WHEN c.k = 'geometry' THEN 'HEX(NEW.?) <=> HEX(OLD.?)'
      WHEN c.k = 'enum' THEN 'NEW.? + 0 <=> OLD.? + 0'
      WHEN c.k = 'timestamp' THEN 'UNIX_TIMESTAMP(NEW.?) <=> UNIX_TIMESTAMP(OLD.?)'
      ELSE 'NEW.? <=> OLD.?' END, 'NEW.?', CONCAT('NEW.', v_column)), 'OLD.?', CONCAT('OLD.', v_column)));
  END FOR;
  RETURN v_list;
END//
DELIMITER ;

-- ---- sql/functions/audit_state.sql
-- The caller has to be one who sees the triggers (TRIGGER on the table): what is hidden cannot be told from what is gone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_state(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Whether the triggers of an audited table are as they were made. Used by audit_status'
BEGIN
  DECLARE v_all BOOLEAN;
  DECLARE v_names, v_triggers LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_hash CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_damage VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_now VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT MIN(t.EVENT_OBJECT_TABLE) FROM information_schema.TRIGGERS AS t
     WHERE t.TRIGGER_SCHEMA = p_schema AND t.DEFINER = 'purser_definer@localhost'
       AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(p_table, 'INSERT'),
             purser.audit_trigger_name(p_table, 'UPDATE'), purser.audit_trigger_name(p_table, 'DELETE')));
  IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table) THEN
    RETURN IF(v_now IS NULL, 'table gone, or hidden from this account: it needs TRIGGER on the table',
      CONCAT('table gone: it is ', v_now, ' now, and its changes are logged under the old name; disable the old, enable the new'));
  END IF;
  SELECT a.all_columns, JSON_MERGE_PRESERVE(a.columns, a.key_columns, JSON_ARRAY(a.user_column)), a.layout_hash, a.triggers
    INTO v_all, v_names, v_hash, v_triggers
    FROM purser.audit_tables AS a WHERE a.table_schema = p_schema AND a.table_name = p_table;
  FOR o IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (
              name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    IF NOT COALESCE(purser.audit_trigger_hash(p_schema, purser.audit_trigger_name(p_table, o.name))
                    = JSON_VALUE(v_triggers, CONCAT('$.', o.name)), FALSE) THEN
      SET v_damage = CONCAT(v_damage, IF(v_damage = '', '', ', '), purser.audit_trigger_name(p_table, o.name));
    END IF;
  END FOR;
  IF v_damage <> '' THEN
    RETURN LEFT(CONCAT('damaged: trigger ', v_damage, ' missing or changed: enable again',
      IF(v_now IS NULL, ' (or hidden from this account: it needs TRIGGER on the table)', '')), 512);
  ELSEIF purser.audit_layout_hash(purser.audit_columns_json(p_schema, p_table), IF(v_all, NULL, v_names)) <> v_hash THEN
    RETURN 'columns changed: enable again';
  -- By statements a replica runs the triggers itself, with its own account and moment; or it stops, where it has no library.
  ELSEIF @@log_bin AND 'STATEMENT' IN (@@GLOBAL.binlog_format, @@SESSION.binlog_format) THEN
    RETURN 'binlog_format is STATEMENT: a replica writes a log of its own, for which no seal holds; use MIXED or ROW';
  END IF;
  RETURN 'on';
END//
DELIMITER ;

-- ---- sql/functions/audit_transactions.sql
-- For the sealing of the audit log: a row whose id was given to one of these may still appear. The server
-- makes this list anew only when nobody has read it for 100 ms, so that it may be of any age; the caller's own
-- transaction tells. (No JSON_ARRAYAGG: group_concat_max_len would cut it.)
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_transactions()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Open transactions, [[connection, "start"], …] as text; for the worker'
BEGIN
  DECLARE v_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[';
  FOR t IN (SELECT trx_mysql_thread_id AS connection, trx_started AS start
              FROM information_schema.INNODB_TRX) DO
    SET v_list = CONCAT(v_list, IF(v_list = '[', '[', ',['), t.connection, ',"', t.start, '"]');
  END FOR;
  RETURN CONCAT(v_list, ']');
END//
DELIMITER ;

-- ---- sql/functions/audit_trigger_hash.sql
-- It tells a trigger that somebody has changed.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_hash(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Hash over a trigger as it is; NULL where there is none. Used by audit_enable and audit_status'
BEGIN
  RETURN (SELECT SHA2(CONCAT_WS('\n', t.EVENT_OBJECT_TABLE, t.ACTION_TIMING, t.EVENT_MANIPULATION, t.DEFINER, t.SQL_MODE,
                                t.CHARACTER_SET_CLIENT, t.ACTION_STATEMENT), 256)
            FROM information_schema.TRIGGERS AS t
           WHERE t.TRIGGER_SCHEMA = p_schema AND t.TRIGGER_NAME = p_name);
END//
DELIMITER ;

-- ---- sql/functions/audit_trigger_name.sql
-- Readable: whoever looks at the triggers of a table sees whose they are.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_name(
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Name of the trigger that audits a table'
BEGIN
  -- Names have 64 characters at most, in a schema no two triggers the same one.
  RETURN CONCAT('purser_audit_',
    IF(CHAR_LENGTH(p_table) <= 40, p_table, CONCAT(LEFT(p_table, 31), '_', LEFT(SHA2(p_table, 256), 8))),
    '_', LOWER(p_operation));
END//
DELIMITER ;

-- ---- sql/functions/audit_trigger_sql.sql
-- p_options: as audit_options makes it. A key that changes is told though it is not among the columns.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_trigger_sql(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_operation VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The statement that makes a trigger of an audited table. Used by audit_enable'
BEGIN
  DECLARE v_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.layout');
  DECLARE v_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.columns');
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_options, '$.key');
  DECLARE v_with_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT v_names;
  DECLARE v_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  FOR k IN (SELECT j.n FROM JSON_TABLE(v_key, '$[*]' COLUMNS (n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    IF NOT JSON_CONTAINS(v_names, JSON_QUOTE(k.n)) THEN
      SET v_with_key = JSON_ARRAY_APPEND(v_with_key, '$', k.n);
    END IF;
  END FOR;
  SET v_body = CONCAT(purser.audit_insert_sql(p_schema, p_table, p_operation, p_options, v_names), ';\n');
  IF p_operation = 'UPDATE' THEN
    SET v_body = CONCAT('IF NOT (', purser.audit_same_sql(v_layout, v_names), ') THEN\n', v_body, 'END IF');
    IF JSON_LENGTH(v_with_key) > JSON_LENGTH(v_names) THEN
      SET v_body = CONCAT('IF NOT (', purser.audit_same_sql(v_layout, v_key), ') THEN\n',
        purser.audit_insert_sql(p_schema, p_table, p_operation, p_options, v_with_key), ';\nELSE', v_body);
    END IF;
  ELSE
    SET v_body = CONCAT('BEGIN\n', v_body, 'END');
  END IF;
  RETURN CONCAT('CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER `', REPLACE(p_schema, '`', '``'), '`.`',
    REPLACE(purser.audit_trigger_name(p_table, p_operation), '`', '``'), '` AFTER ', p_operation, ' ON `',
    REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'), '` FOR EACH ROW\n', v_body);
END//
DELIMITER ;

-- ---- sql/functions/audit_value_sql.sql
-- FLOAT: + 0e0 has all its digits. TIMESTAMP: in UTC, whatever the zone of the session. JSON that is none
-- (its check was off) is text. p_limit: what has more bytes is a hash and a length; NULL: nothing can have.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.audit_value_sql(
  p_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_limit BIGINT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Expression for the value of a column as it is logged. Used by audit_enable'
BEGIN
  DECLARE v_bytes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_kind = 'geometry', CONCAT('ST_AsWKB(', p_column, ')'), p_column);
  DECLARE v_long LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('CONCAT(''sha256:'', SHA2(', v_bytes, ', 256), '' of '', LENGTH(', v_bytes, '), '' bytes'')');
  DECLARE v_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE p_kind
    WHEN 'number' THEN CONCAT('(', p_column, ' + 0)')
    WHEN 'float' THEN CONCAT('(', p_column, ' + 0e0)')
    WHEN 'text' THEN CONCAT('CONVERT(', p_column, ' USING utf8mb4)')
    WHEN 'enum' THEN CONCAT('CONVERT(', p_column, ' USING utf8mb4)')
    WHEN 'json' THEN CONCAT('IF(JSON_VALID(', p_column, '), ', p_column, ', JSON_QUOTE(CONVERT(', p_column, ' USING utf8mb4)))')
    WHEN 'binary' THEN CONCAT('LOWER(HEX(', v_bytes, '))')
    WHEN 'geometry' THEN CONCAT('LOWER(HEX(', v_bytes, '))')
    WHEN 'timestamp' THEN CONCAT('IF(', p_column, ' = 0, ''0000-00-00 00:00:00.000000'', ',
      'CAST(TIMESTAMP''1970-01-01 00:00:00.000000'' + INTERVAL UNIX_TIMESTAMP(', p_column, ') SECOND AS CHAR CHARACTER SET utf8mb4))')
    WHEN 'other' THEN CONCAT('CAST(', p_column, ' AS CHAR CHARACTER SET utf8mb4)')
    ELSE p_column
  END;
  IF p_limit IS NOT NULL THEN
    SET v_value = CONCAT('IF(LENGTH(', v_bytes, ') > ', p_limit, ', ', IF(p_kind = 'json', CONCAT('JSON_QUOTE(', v_long, ')'), v_long), ', ', v_value, ')');
  END IF;
  -- The outermost function makes it a value of type JSON, which JSON_OBJECT does not quote.
  RETURN IF(p_kind = 'json', CONCAT('JSON_COMPACT(', v_value, ')'), v_value);
END//
DELIMITER ;

-- ---- sql/functions/batch_element.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_element(
  p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin, p_id BIGINT UNSIGNED)
  RETURNS INT UNSIGNED
  DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: which element of a batch, from 1, has this gadget_id or user_id'
BEGIN
  IF JSON_TYPE(p_json) = 'OBJECT' THEN
    RETURN (SELECT MIN(j.n) FROM JSON_TABLE(p_json, '$.items[*]' COLUMNS (
              n FOR ORDINALITY,
              gadget_id BIGINT UNSIGNED PATH '$.gadget_id',
              user_id BIGINT UNSIGNED PATH '$.user_id')) AS j
             WHERE COALESCE(j.gadget_id, j.user_id) = p_id);
  END IF;
  RETURN (SELECT MIN(j.n) FROM JSON_TABLE(p_json, '$[*]' COLUMNS (
            n FOR ORDINALITY,
            gadget_id BIGINT UNSIGNED PATH '$.gadget_id',
            user_id BIGINT UNSIGNED PATH '$.user_id')) AS j
           WHERE COALESCE(j.gadget_id, j.user_id) = p_id);
END//
DELIMITER ;

-- ---- sql/functions/batch_items.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_items(
  p_batch LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: the array of a canonical batch, whose member items is the last'
BEGIN
  -- a quote within a string has a backslash before it: the name is found nowhere else
  DECLARE v_from INT DEFAULT LOCATE('"items":[', p_batch) + 8;
  IF LEFT(p_batch, 1) = '[' THEN
    RETURN p_batch;
  END IF;
  RETURN SUBSTRING(p_batch, v_from, CHAR_LENGTH(p_batch) - v_from);
END//
DELIMITER ;

-- ---- sql/functions/batch_unknown.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.batch_unknown(
  p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: JSON array of the ids that are not there, at most 10,000'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;

  SET SESSION group_concat_max_len = 1073741824;
  SET v_ids = (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(COALESCE(j.g, j.u) ORDER BY j.n LIMIT 10000), ''), ']')
            FROM JSON_TABLE(p_results, '$[*]' COLUMNS (
                   n FOR ORDINALITY, g BIGINT UNSIGNED PATH '$.gadget_id', u BIGINT UNSIGNED PATH '$.user_id',
                   outcome VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
           WHERE j.outcome = 'unknown');
  SET SESSION group_concat_max_len = v_old;
  RETURN v_ids;
END//
DELIMITER ;

-- ---- sql/functions/client_currency.sql
-- Refuses what the volume could not be counted in.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.client_currency(
  p_client BIGINT UNSIGNED,
  p_currency VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The currency of a client''s package; an error where p_currency is another. Used by triggers'
BEGIN
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  SELECT MAX(p.currency) INTO v_currency FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package WHERE c.id = p_client;
  IF v_currency IS NULL THEN
    SET v_why = CONCAT('There is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF COALESCE(p_currency, v_currency) <> v_currency THEN
    SET v_why = CONCAT('currency is ''', p_currency, ''', but the usage of client ', p_client, ' is counted in ', v_currency,
      ': convert the amount, or leave currency out');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_currency;
END//
DELIMITER ;

-- ---- sql/functions/client_percent.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.client_percent(
  p_volume DECIMAL(25,4), p_volume_limit DECIMAL(19,4), p_transactions BIGINT, p_transaction_limit BIGINT UNSIGNED)
  RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Percent of the limit that is used up most, as usage_percent has it; NULL without a limit'
RETURN NULLIF(GREATEST(COALESCE(purser.usage_percent(p_volume, p_volume_limit), -1),
                       COALESCE(purser.usage_percent(p_transactions, p_transaction_limit), -1)), -1)//
DELIMITER ;

-- ---- sql/functions/constraint_clause.sql
-- Reads an expression token by token. It refuses more than the server would: what it lets through may be
-- put between the parentheses of CHECK (…) and of a SELECT that runs with the rights of somebody else.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_clause(
  p_expression TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_strict BOOLEAN)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An expression in the form in which two are compared; strict: an error where it is none for a CHECK'
BEGIN
  DECLARE v_rest TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT TRIM(p_expression);
  DECLARE v_out TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_token, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  -- The token before, in lower case where it is a word; NULL after anything else than a word or a name.
  DECLARE v_word TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_gap BOOLEAN DEFAULT FALSE;
  DECLARE v_depth INT DEFAULT 0;

  IF p_strict AND (v_rest IS NULL OR v_rest = '') THEN
    SET v_why = 'it is empty';
  END IF;
  -- What is closed by a parenthesis of ours must not be swallowed by a comment or a literal without end.
  WHILE v_why IS NULL AND v_rest <> '' DO
    SET v_token = REGEXP_SUBSTR(v_rest, CONCAT('^(?s)(?:[ \\t\\r\\n]++|`(?:[^`]|``)++`',
      '|''(?:[^''\\\\]|\\\\.|'''')*+''|"(?:[^"\\\\]|\\\\.|"")*+"',
      '|0[xX][0-9a-fA-F]++|[0-9]++(?:\\.[0-9]*+)?(?:[eE][+-]?[0-9]++)?|\\.[0-9]++',
      '|[A-Za-z_$\\x{80}-\\x{10FFFF}][A-Za-z0-9_$\\x{80}-\\x{10FFFF}]*+|.)'));
    SET v_rest = SUBSTR(v_rest, CHAR_LENGTH(v_token) + 1);
    IF LEFT(v_token, 1) IN (' ', '\t', '\r', '\n') THEN
      SET v_token = '', v_gap = TRUE;
    ELSEIF LEFT(v_token, 1) = '`' AND CHAR_LENGTH(v_token) > 2 THEN
      IF v_token RLIKE '^`[A-Za-z_][A-Za-z0-9_]*`$' THEN
        SET v_token = LOWER(TRIM(BOTH '`' FROM v_token));
      END IF;
      SET v_word = '`', v_gap = FALSE;
    ELSEIF LEFT(v_token, 1) IN ('''', '"') AND CHAR_LENGTH(v_token) > 1 THEN
      SET v_word = NULL;
    ELSEIF v_token RLIKE '^[.]?[0-9]' THEN
      IF p_strict AND ((LEFT(v_token, 1) = '.' AND v_word IS NOT NULL AND NOT v_gap) OR v_rest RLIKE '^[A-Za-z_$`.\\x{80}-\\x{10FFFF}]') THEN
        SET v_why = CONCAT('at ', QUOTE(v_token), ' is neither a number nor a name');
      END IF;
      SET v_word = NULL;
    ELSEIF v_token RLIKE '^[A-Za-z_$\\x{80}-\\x{10FFFF}]' THEN
      SET v_token = LOWER(v_token), v_word = v_token, v_gap = FALSE;
      IF p_strict AND v_token IN ('select', 'with', 'value', 'values', 'table', 'into', 'over', 'procedure', 'union',
                                  'except', 'intersect', 'from', 'where', 'match', 'for', 'row') THEN
        SET v_why = CONCAT('the word ', UPPER(v_token), ' may not be in it (a column of that name goes in back quotes)');
      END IF;
    ELSEIF v_token = '(' THEN
      SET v_depth = v_depth + 1;
      -- With a blank before the parenthesis some names of functions are those of stored functions.
      IF p_strict AND v_word IS NOT NULL AND v_word NOT IN ('in', 'and', 'or', 'not', 'xor', 'between', 'like', 'rlike',
           'regexp', 'case', 'when', 'then', 'else', 'div', 'mod', 'binary')
         AND (v_gap OR v_word NOT IN (
           'cast', 'convert', 'char', 'varchar', 'decimal', 'double', 'float', 'datetime', 'time', 'date', 'interval',
           -- functions that read nothing but their arguments
           'abs', 'ceil', 'ceiling', 'char_length', 'character_length', 'coalesce', 'concat', 'crc32', 'datediff', 'day',
           'dayofmonth', 'dayofweek', 'dayofyear', 'field', 'find_in_set', 'floor', 'greatest', 'hex', 'hour', 'if',
           'ifnull', 'instr', 'isnull', 'json_contains', 'json_exists', 'json_extract', 'json_length', 'json_type',
           'json_unquote', 'json_valid', 'json_value', 'last_day', 'lcase', 'least', 'left', 'length', 'locate', 'lower',
           'ltrim', 'minute', 'month', 'nullif', 'octet_length', 'position', 'quarter', 'regexp_instr', 'replace', 'right',
           'round', 'rtrim', 'second', 'sign', 'strcmp', 'substr', 'substring', 'substring_index', 'time_to_sec',
           'to_days', 'trim', 'truncate', 'ucase', 'upper', 'weekday', 'year')) THEN
        SET v_why = CONCAT('the function ', IF(v_word = '`', 'in back quotes', LEFT(v_word, 64)), IF(v_gap, ' with a blank after it', ''), ' may not be in it');
      END IF;
      SET v_word = NULL;
    ELSEIF v_token = ')' THEN
      SET v_depth = v_depth - 1, v_word = NULL;
      IF p_strict AND v_depth < 0 THEN
        SET v_why = 'a parenthesis is closed that was not opened';
      END IF;
    ELSE
      IF p_strict AND (INSTR('+-*/%,<>=!&|^~', v_token) = 0
                       OR (v_token = '-' AND LEFT(v_rest, 1) = '-') OR (v_token = '/' AND LEFT(v_rest, 1) = '*')) THEN
        SET v_why = CONCAT(QUOTE(CONCAT(v_token, LEFT(v_rest, 1))), ' may not be in it');
      END IF;
      SET v_word = NULL;
    END IF;
    SET v_out = CONCAT(v_out, v_token);
  END WHILE;
  IF p_strict AND v_why IS NULL AND v_depth > 0 THEN
    SET v_why = 'a parenthesis is not closed';
  END IF;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(CONCAT('expression: ', v_why), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_out;
END//
DELIMITER ;

-- ---- sql/functions/constraint_list.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_list(
  p_setting VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The values of a setting that is a list, as SQL literals; an error where it is none'
BEGIN
  DECLARE v_value, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_value = (SELECT value FROM purser.settings WHERE name = p_setting);
  SET v_value = REGEXP_REPLACE(v_value, '[ \\t]*,[ \\t]*', ',');
  IF v_value IS NULL THEN
    SET v_why = CONCAT('expression: there is no setting ', QUOTE(p_setting));
  ELSEIF p_setting = 'currencies' AND v_value NOT RLIKE '^[A-Z]{3}(,[A-Z]{3})*\\z' THEN
    SET v_why = 'the setting currencies must be codes of three capital letters with commas between, as MWK,GBP';
  ELSEIF v_value NOT RLIKE '^[A-Za-z0-9_-]{1,64}(,[A-Za-z0-9_-]{1,64})*\\z' THEN
    SET v_why = CONCAT('the setting ', p_setting, ' must be words of letters, digits, _ and - with commas between');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN CONCAT('''', REPLACE(v_value, ',', ''','''), '''');
END//
DELIMITER ;

-- ---- sql/functions/constraint_other.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_other(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The name of a constraint that says what a rule wants and that apply_constraints has not added, or NULL'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count INT DEFAULT JSON_LENGTH(p_want, '$.columns');
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_name = NULL;

  CASE JSON_VALUE(p_want, '$.kind')
  WHEN 'unique' THEN
    -- An index over some of the columns is stricter. Where NULL equals NULL, none of them may be NULL.
    SELECT s.name INTO v_name
      FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
             column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
             part INT PATH '$.part', many BOOLEAN PATH '$.many', nullable BOOLEAN PATH '$.nullable')) AS s
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = s.column_
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'index' AND o.object_name = s.name
     WHERE NOT s.many AND o.id IS NULL
     GROUP BY s.name
    HAVING SUM(j.name IS NULL OR s.part IS NOT NULL OR (JSON_VALUE(p_want, '$.nulls') = 'equal' AND s.nullable)) = 0
     ORDER BY s.name LIMIT 1;
  WHEN 'check' THEN
    SELECT c.name INTO v_name
      FROM JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type IN ('column', 'check') AND o.object_name = c.name
     WHERE o.id IS NULL AND purser.constraint_clause(c.clause, FALSE) = JSON_VALUE(p_want, '$.clause')
     ORDER BY c.name LIMIT 1;
  ELSE
    SELECT k.name INTO v_name
      FROM JSON_TABLE(v_live, '$.keys[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
             column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
             schema_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.schema',
             table_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
             ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.ref',
             on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.on_delete')) AS k
      LEFT JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j ON j.name = k.column_
      LEFT JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS f
        ON f.n = j.n AND f.name = k.ref
      LEFT JOIN purser.constraint_objects AS o
        ON o.schema_name = p_schema AND o.table_name = v_table AND o.object_type = 'foreign_key' AND o.object_name = k.name
     WHERE k.schema_ = p_schema AND k.table_ = JSON_VALUE(p_want, '$.ref_table') AND o.id IS NULL
       AND REPLACE(k.on_delete, 'NO ACTION', 'RESTRICT') = JSON_VALUE(p_want, '$.on_delete')
     GROUP BY k.name
    HAVING COUNT(*) = v_count AND SUM(f.name IS NULL) = 0
     ORDER BY k.name LIMIT 1;
  END CASE;
  RETURN v_name;
END//
DELIMITER ;

-- ---- sql/functions/constraint_part.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_part(
  p_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC CONTAINS SQL SQL SECURITY INVOKER
  COMMENT 'Whether a part of a constraint is in the table: as what it is there (a check may hang on a column), or NULL'
RETURN CASE
  WHEN p_type IN ('column', 'check') AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.columns[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', virtual_ BOOLEAN PATH '$.virtual')) AS c
     WHERE c.name = p_name AND c.virtual_) THEN 'column'
  WHEN p_type = 'check' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.checks[*]' COLUMNS (
             name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', level VARCHAR(16) PATH '$.level')) AS c
     WHERE c.name = p_name AND c.level = 'Table') THEN 'check'
  WHEN p_type = 'index' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.indexes[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS i
     WHERE i.name = p_name) THEN 'index'
  WHEN p_type = 'foreign_key' AND EXISTS (
    SELECT 1 FROM JSON_TABLE(p_live, '$.keys[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS k
     WHERE k.name = p_name) THEN 'foreign_key' END//
DELIMITER ;

-- ---- sql/functions/constraint_quoted.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_quoted(
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS VARCHAR(130) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'A name in back quotes'
RETURN CONCAT('`', REPLACE(p_name, '`', '``'), '`')//
DELIMITER ;

-- ---- sql/functions/constraint_setting.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.constraint_setting(
  p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_default INT UNSIGNED, p_most INT UNSIGNED)
  RETURNS INT UNSIGNED
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'A setting that is a number from 1; an error where it is none'
BEGIN
  DECLARE v_value, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_value = COALESCE((SELECT value FROM purser.settings WHERE name = p_name), p_default);
  IF v_value NOT RLIKE '^[0-9]{1,6}$' OR v_value NOT BETWEEN 1 AND p_most THEN
    SET v_why = CONCAT('the setting ', p_name, ' must be a number from 1 to ', p_most);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN v_value;
END//
DELIMITER ;

-- ---- sql/functions/counts_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.counts_json(
  p_prefix VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_internal BIGINT UNSIGNED, p_gateway BIGINT UNSIGNED,
  p_matched BIGINT UNSIGNED, p_discrepancies BIGINT UNSIGNED)
  RETURNS VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The members that a report has for a set of counts, without the braces; prefix is total_ or nothing'
RETURN CONCAT(
  '"', p_prefix, 'internal_records":', p_internal,
  ',"', p_prefix, 'gateway_records":', p_gateway,
  ',"', p_prefix, 'matched":', p_matched,
  ',"', p_prefix, 'discrepancies":', p_discrepancies,
  ',"match_rate":', purser.percent(p_matched, p_internal),
  ',"discrepancy_rate":', purser.percent(p_discrepancies, p_internal))//
DELIMITER ;

-- ---- sql/functions/currencies_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.currencies_json(
  p_date DATE,
  p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_prefix VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The object by_currency of a report: of one gateway, or summed over all where the gateway is NULL'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_found LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';

  -- Three simple statements in place of a UNION of views: see docs/internals/style.md, "A call that is interrupted".
  FOR c IN (
    SELECT k.currency,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".internal')), 0)) AS internal,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".gateway')), 0)) AS gateway,
           SUM(COALESCE(JSON_VALUE(r.by_currency, CONCAT('$."', k.currency, '".matched')), 0)) AS matched
      FROM purser.latest_runs AS r,
           JSON_TABLE(JSON_KEYS(r.by_currency), '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k
     WHERE r.business_date = p_date AND (p_gateway IS NULL OR r.gateway = p_gateway)
     GROUP BY k.currency
     LIMIT 1000000) -- else the caller's sql_select_limit holds, as in all functions
  DO
    SET v_found = JSON_ARRAY_APPEND(v_found, '$', JSON_ARRAY(c.currency, c.internal, c.gateway, c.matched, 0));
  END FOR;
  FOR c IN (
    -- XXX is ISO 4217's code for no currency; the daemon counts with it, too
    SELECT IF(d.currency = '', 'XXX', d.currency) AS currency, COUNT(*) AS discrepancies
      FROM purser.discrepancies AS d
      JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
     WHERE d.business_date = p_date AND d.holds AND (p_gateway IS NULL OR d.gateway = p_gateway)
     GROUP BY 1
     LIMIT 1000000)
  DO
    SET v_found = JSON_ARRAY_APPEND(v_found, '$', JSON_ARRAY(c.currency, 0, 0, 0, c.discrepancies));
  END FOR;
  FOR c IN (
    SELECT f.currency, SUM(f.internal) AS internal, SUM(f.gateway) AS gateway, SUM(f.matched) AS matched,
           SUM(f.discrepancies) AS discrepancies
      FROM JSON_TABLE(v_found, '$[*]' COLUMNS (
             currency VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
             internal BIGINT UNSIGNED PATH '$[1]', gateway BIGINT UNSIGNED PATH '$[2]',
             matched BIGINT UNSIGNED PATH '$[3]', discrepancies BIGINT UNSIGNED PATH '$[4]')) AS f
     GROUP BY f.currency
     ORDER BY f.currency
     LIMIT 1000000)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(c.currency), ':{',
      purser.counts_json(p_prefix, c.internal, c.gateway, c.matched, c.discrepancies), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_alerts_json.sql
-- The table has a row for each rule and check at most: it is read whole. Who acknowledged is not told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_alerts_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member alerts of dashboard_json: the 20 worst and oldest of those that fire'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR a IN (
    SELECT rule, subject, level, COALESCE(told_state, '') AS state, since, acknowledged_at IS NOT NULL AS is_known
      FROM purser.alerts
     WHERE since IS NOT NULL
     ORDER BY level DESC, since, rule, subject
     LIMIT 20)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','),
      '{"rule":', JSON_QUOTE(a.rule), ',"subject":', JSON_QUOTE(a.subject), ',"level":"', a.level,
      '","state":"', a.state, '","since":"', DATE_FORMAT(a.since, '%Y-%m-%dT%H:%i:%sZ'),
      '","acknowledged":', IF(a.is_known, 'true', 'false'), '}');
  END FOR;
  RETURN CONCAT('[', v_json, ']');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_audit_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_audit_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member audit of dashboard_json: how many tables are audited, and the last seal'
RETURN (
  SELECT CONCAT('{"enabled_tables":', (SELECT COUNT(*) FROM purser.audit_tables),
                ',"seals":', COALESCE(s.id, 0), ',"rows":', COALESCE(s.tree_size, 0),
                ',"last_seal_at":', COALESCE(CONCAT('"', DATE_FORMAT(s.sealed_at, '%Y-%m-%dT%H:%i:%sZ'), '"'), 'null'),
                ',"signed":', IF(s.checkpoint LIKE '%\n— %', 'true', 'false'), '}')
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT id, tree_size, sealed_at, checkpoint FROM purser.audit_seals ORDER BY id DESC LIMIT 1) AS s ON TRUE)//
DELIMITER ;

-- ---- sql/functions/dashboard_discrepancies_json.sql
-- Newest by business day, then by id: that is the order of the index.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_discrepancies_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member discrepancies of dashboard_json: those that are open or acknowledged, 10000 counted at most'
BEGIN
  DECLARE v_types, v_newest LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_open BIGINT UNSIGNED DEFAULT 0;

  FOR t IN (
    SELECT o.type, COUNT(*) AS found
      FROM (SELECT u.type
              FROM ((SELECT type FROM purser.discrepancies WHERE state = 'open' ORDER BY business_date DESC LIMIT 10000)
                    UNION ALL
                    (SELECT type FROM purser.discrepancies WHERE state = 'acknowledged' ORDER BY business_date DESC
                      LIMIT 10000)) AS u
             LIMIT 10000) AS o
     GROUP BY o.type
     ORDER BY o.type <> 'PAID_NOT_RECORDED', found DESC, o.type
     LIMIT 1000000) -- see currencies_json
  DO
    SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), '"', t.type, '":', t.found), v_open = v_open + t.found;
  END FOR;

  FOR d IN (
    SELECT u.*
      FROM ((SELECT id, business_date, gateway, type, COALESCE(gateway_amount, internal_amount) AS amount, difference, currency,
                    detected_at
               FROM purser.discrepancies WHERE state = 'open' ORDER BY business_date DESC, id DESC LIMIT 10)
            UNION ALL
            (SELECT id, business_date, gateway, type, COALESCE(gateway_amount, internal_amount) AS amount, difference, currency,
                    detected_at
               FROM purser.discrepancies WHERE state = 'acknowledged' ORDER BY business_date DESC, id DESC LIMIT 10)) AS u
     ORDER BY u.business_date DESC, u.id DESC
     LIMIT 10)
  DO
    SET v_newest = CONCAT(v_newest, IF(v_newest = '', '', ','),
      '{"id":', d.id, ',"date":"', d.business_date, '","gateway":', JSON_QUOTE(d.gateway), ',"type":"', d.type,
      -- money with two to four decimals: of the four that DECIMAL(19,4) prints, zeros go from the last two
      '","amount":', COALESCE(CONCAT('"', LEFT(d.amount, LENGTH(d.amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.amount, 2)), '"'), 'null'),
      ',"difference":', COALESCE(CONCAT('"', LEFT(d.difference, LENGTH(d.difference) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.difference, 2)), '"'), 'null'),
      ',"currency":', JSON_QUOTE(d.currency),
      ',"detected_at":"', DATE_FORMAT(d.detected_at, '%Y-%m-%dT%H:%i:%sZ'), '"}');
  END FOR;
  RETURN CONCAT('{"open":', v_open, ',"more":', IF(v_open >= 10000, 'true', 'false'),
                ',"by_type":{', v_types, '},"newest":[', v_newest, ']}');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_json.sql
-- Made every half a minute, on servers with millions of discrepancies and messages: each part reads by an
-- index, and no more than a number of rows that is written there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What the dashboard shows beside the checks: figures as of now, without any name of a customer or an order'
RETURN CONCAT(
  '{', purser.dashboard_reconciliation_json(), ',"discrepancies":', purser.dashboard_discrepancies_json(),
  ',"outbox":', purser.dashboard_outbox_json(), ',"alerts":', purser.dashboard_alerts_json(),
  ',"audit":', purser.dashboard_audit_json(), ',"rate_limits":', purser.dashboard_rate_limits_json(),
  ',"usage":', purser.dashboard_usage_json(), '}')//
DELIMITER ;

-- ---- sql/functions/dashboard_outbox_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_outbox_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member outbox of dashboard_json: messages that wait, were given up, were sent; 10000 of each counted at most'
BEGIN
  DECLARE v_waiting, v_dead, v_sent BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_oldest DATETIME(6) DEFAULT NULL;

  SELECT COUNT(*), MIN(o.created_at) INTO v_waiting, v_oldest
    FROM (SELECT created_at FROM purser.outbox WHERE state = 'waiting' LIMIT 10000) AS o;
  SELECT COUNT(*) INTO v_dead FROM (SELECT 1 FROM purser.outbox WHERE state = 'dead' LIMIT 10000) AS o;
  SELECT COUNT(*) INTO v_sent
    FROM (SELECT 1 FROM purser.outbox
           WHERE state = 'sent' AND finished_at > UTC_TIMESTAMP(6) - INTERVAL 1 DAY LIMIT 10000) AS o;
  RETURN CONCAT('{"waiting":', v_waiting, ',"dead":', v_dead, ',"sent_24h":', v_sent, ',"oldest_waiting_seconds":',
                COALESCE(GREATEST(0, TIMESTAMPDIFF(SECOND, v_oldest, UTC_TIMESTAMP(6))), 'null'), '}');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_rate_limits_json.sql
-- The counters are in the plugin's status variables, whose names the server gives in capitals: policies that
-- differ in nothing else are shown with the counters of one of them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_rate_limits_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member rate_limits of dashboard_json: the 20 policies in force that have refused most'
BEGIN
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  FOR p IN (
    SELECT c.name, c.allowed, c.denied, c.shadow_denied
      FROM (SELECT p.name,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_allowed')),
                          CAST(s.value AS UNSIGNED), NULL)) AS allowed,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_denied')),
                          CAST(s.value AS UNSIGNED), NULL)) AS denied,
                   MAX(IF(s.name = UPPER(CONCAT('purser_rate_policy_', p.name, '_shadow')),
                          CAST(s.value AS UNSIGNED), NULL)) AS shadow_denied
              FROM (SELECT name FROM purser.rate_limit_policies WHERE enabled ORDER BY name LIMIT 100) AS p
              JOIN (SELECT UPPER(VARIABLE_NAME) AS name, VARIABLE_VALUE AS value FROM information_schema.GLOBAL_STATUS
                     WHERE VARIABLE_NAME LIKE 'PURSER\_RATE\_POLICY\_%') AS s
             GROUP BY p.name) AS c
     WHERE c.allowed IS NOT NULL
     ORDER BY c.denied + c.shadow_denied DESC, c.allowed DESC, c.name
     LIMIT 20)
  DO
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), '{"policy":', JSON_QUOTE(p.name), ',"allowed":', p.allowed,
      ',"denied":', COALESCE(p.denied, 0), ',"shadow_denied":', COALESCE(p.shadow_denied, 0), '}');
  END FOR;
  RETURN CONCAT('[', v_json, ']');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_reconciliation_json.sql
-- Of each day the run that latest_runs shows; one that is under way only where there is no other.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_reconciliation_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members gateways and reconciliation of dashboard_json: at most 16 gateways, the last 14 days of each'
BEGIN
  DECLARE v_gateways, v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_discrepancies BIGINT UNSIGNED DEFAULT 0;

  FOR g IN (SELECT name FROM purser.gateways WHERE enabled ORDER BY name LIMIT 16)
  DO
    SET v_gateways = CONCAT(v_gateways, IF(v_gateways = '', '', ','), JSON_QUOTE(g.name));
  END FOR;

  -- joined with the days one by one: so the index serves the day as well
  FOR r IN (
    SELECT t.gateway, t.business_date, t.state, t.matched, t.discrepancies, t.internal_records, t.gateway_records
      FROM (SELECT STRAIGHT_JOIN r.gateway, r.business_date, r.state, r.matched, r.discrepancies, r.internal_records,
                   r.gateway_records,
                   ROW_NUMBER() OVER (PARTITION BY r.gateway, r.business_date
                                      ORDER BY r.state = 'running', r.state = 'failed', r.id DESC) AS place
              FROM (SELECT name FROM purser.gateways WHERE enabled ORDER BY name LIMIT 16) AS g
              JOIN JSON_TABLE('[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14]', '$[*]' COLUMNS (back INT PATH '$')) AS d
              JOIN purser.reconciliation_runs AS r
                ON r.gateway = g.name AND r.business_date = UTC_DATE() - INTERVAL d.back DAY) AS t
     WHERE t.place = 1
     ORDER BY t.business_date, t.gateway
     LIMIT 1000000) -- see currencies_json
  DO
    -- as it is now, not as the run left it; above a thousand nobody needs it that exactly
    SELECT COUNT(*) INTO v_discrepancies
      FROM (SELECT 1 FROM purser.discrepancies AS d
             WHERE d.gateway = r.gateway AND d.business_date = r.business_date AND d.holds LIMIT 1001) AS o;
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','),
      '{"date":"', r.business_date, '","gateway":', JSON_QUOTE(r.gateway), ',"state":"', r.state,
      '","matched":', r.matched, ',"discrepancies":',
      IF(v_discrepancies > 1000, GREATEST(v_discrepancies, r.discrepancies), v_discrepancies),
      ',"internal_records":', r.internal_records, ',"gateway_records":', r.gateway_records, '}');
  END FOR;
  RETURN CONCAT('"gateways":[', v_gateways, '],"reconciliation":[', v_json, ']');
END//
DELIMITER ;

-- ---- sql/functions/dashboard_usage_json.sql
-- A client is told by its number: no name of a customer is on the dashboard.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.dashboard_usage_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The member usage of dashboard_json: thresholds reached this month, by type, and the 10 clients that reached most; 2000 alerts are read at most, the highest first'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_types, v_clients LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_read BIGINT DEFAULT 0;

  FOR t IN (SELECT a.alert_type, COUNT(*) AS alerts
              FROM (SELECT alert_type FROM purser.usage_alerts FORCE INDEX (by_threshold)
                     WHERE alert_month = v_month ORDER BY alert_month DESC, threshold DESC LIMIT 2000) AS a
             GROUP BY a.alert_type ORDER BY a.alert_type LIMIT 20)
  DO
    SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), JSON_QUOTE(t.alert_type), ':', t.alerts), v_read = v_read + t.alerts;
  END FOR;
  FOR c IN (
    SELECT m.client_id, m.threshold,
           (SELECT a.alert_type FROM purser.usage_alerts AS a
             WHERE a.client_id = m.client_id AND a.alert_month = v_month AND a.threshold = m.threshold) AS alert_type,
           l.package, purser.client_percent(
             (SELECT SUM(u.volume) FROM purser.client_usage AS u WHERE u.client_id = m.client_id AND u.month = v_month), l.volume_limit,
             (SELECT SUM(u.transactions) FROM purser.client_usage AS u WHERE u.client_id = m.client_id AND u.month = v_month), l.transaction_limit) AS used
      FROM (SELECT a.client_id, MAX(a.threshold) AS threshold, MAX(a.usage_percentage) AS percentage
              FROM (SELECT client_id, threshold, usage_percentage, cleared_at FROM purser.usage_alerts FORCE INDEX (by_threshold)
                     WHERE alert_month = v_month ORDER BY alert_month DESC, threshold DESC LIMIT 1000) AS a
             WHERE a.cleared_at IS NULL
             GROUP BY a.client_id ORDER BY percentage DESC, a.client_id LIMIT 10) AS m
      JOIN purser.client_limits AS l ON l.client_id = m.client_id
     ORDER BY used DESC, m.client_id
     LIMIT 10)
  DO
    SET v_clients = CONCAT(v_clients, IF(v_clients = '', '', ','), '{"client":', c.client_id, ',"package":', JSON_QUOTE(c.package),
      ',"type":', COALESCE(JSON_QUOTE(c.alert_type), '""'), ',"percent":"', COALESCE(c.used, ''), '"}');
  END FOR;
  RETURN CONCAT('{"month":"', COALESCE(v_month, ''), '","any":', IF(EXISTS (SELECT 1 FROM purser.clients), 'true', 'false'),
    ',"more":', IF(v_read >= 2000, 'true', 'false'), ',"alerts":{', v_types, '},"clients":[', v_clients, ']}');
END//
DELIMITER ;

-- ---- sql/functions/ddl_why.sql
-- With wsrep_OSU_method = RSU, or with wsrep_on = OFF, a session's DDL stays on its node of a Galera
-- cluster, and what the others write goes past a trigger or a constraint.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.ddl_why(
  p_would TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Why this session must make no trigger and no constraint, or NULL: its DDL stays on this node of the cluster'
BEGIN
  RETURN (SELECT CONCAT('what this session alters, it alters on this node of the cluster alone, and what the others write would ',
                        p_would, ': SET SESSION wsrep_on = ON, SESSION wsrep_OSU_method = ''TOI''')
           WHERE EXISTS (SELECT 1 FROM information_schema.GLOBAL_VARIABLES
                          WHERE VARIABLE_NAME = 'WSREP_ON' AND VARIABLE_VALUE = 'ON')
             AND EXISTS (SELECT 1 FROM information_schema.SESSION_VARIABLES
                          WHERE (VARIABLE_NAME, VARIABLE_VALUE) IN (('WSREP_OSU_METHOD', 'RSU'), ('WSREP_ON', 'OFF'))));
END//
DELIMITER ;

-- ---- sql/functions/discrepancies_json.sql
-- A cursor and not GROUP_CONCAT or JSON_ARRAYAGG: those cut their result silently at the caller's
-- group_concat_max_len. Rows are gathered in pieces, since each CONCAT copies what it appends to.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.discrepancies_json(
  p_date DATE, p_rows INT UNSIGNED, p_bytes INT UNSIGNED)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The members discrepancies and discrepancies_left_out of a report: at most that many rows and bytes'
BEGIN
  DECLARE v_json, v_piece LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_rows, v_bytes, v_all BIGINT UNSIGNED DEFAULT 0;

  row_by_row: FOR d IN (
    SELECT CONCAT(
      '{"gateway":', JSON_QUOTE(d.gateway), ',"type":"', d.type,
      '","order_id":', JSON_QUOTE(d.order_id), ',"transaction_ref":', JSON_QUOTE(d.transaction_ref),
      ',"gateway_transaction_id":', JSON_QUOTE(d.gateway_transaction_id),
      -- money with two to four decimals: of the four that DECIMAL(19,4) prints, zeros go from the last two
      ',"internal_amount":', COALESCE(CONCAT('"', LEFT(d.internal_amount, LENGTH(d.internal_amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.internal_amount, 2)), '"'), 'null'),
      ',"gateway_amount":', COALESCE(CONCAT('"', LEFT(d.gateway_amount, LENGTH(d.gateway_amount) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.gateway_amount, 2)), '"'), 'null'),
      ',"difference":', COALESCE(CONCAT('"', LEFT(d.difference, LENGTH(d.difference) - 2),
        TRIM(TRAILING '0' FROM RIGHT(d.difference, 2)), '"'), 'null'),
      ',"currency":', JSON_QUOTE(d.currency), ',"gateway_currency":', JSON_QUOTE(d.gateway_currency),
      ',"internal_status":', JSON_QUOTE(d.internal_status), ',"gateway_status":', JSON_QUOTE(d.gateway_status),
      ',"state":"', d.state, '","detail":', JSON_QUOTE(d.detail), '}') AS line
      FROM purser.discrepancies AS d
      JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
     WHERE d.business_date = p_date AND d.holds
     ORDER BY d.gateway, d.type, d.transaction_ref, d.order_id, d.gateway_transaction_id
     LIMIT p_rows)
  DO
    SET v_bytes = v_bytes + LENGTH(d.line) + 1;
    IF v_bytes > p_bytes THEN
      LEAVE row_by_row;
    END IF;
    SET v_piece = CONCAT(v_piece, IF(v_rows = 0, '', ','), d.line), v_rows = v_rows + 1;
    IF v_rows MOD 100 = 0 THEN
      SET v_json = CONCAT(v_json, v_piece), v_piece = '';
    END IF;
  END FOR;

  SELECT COUNT(*) INTO v_all
    FROM purser.discrepancies AS d
    JOIN purser.latest_runs AS r ON r.gateway = d.gateway AND r.business_date = d.business_date
   WHERE d.business_date = p_date AND d.holds;
  RETURN CONCAT('"discrepancies":[', v_json, v_piece, '],"discrepancies_left_out":', v_all - v_rows);
END//
DELIMITER ;

-- ---- sql/functions/gateways_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.gateways_json(p_date DATE)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'The object gateways of a report: the latest run of each gateway of that day'
BEGIN
  DECLARE v_json, v_types LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR r IN (SELECT * FROM purser.latest_runs WHERE business_date = p_date ORDER BY gateway LIMIT 1000000) DO -- see currencies_json
    SET v_types = '';
    FOR t IN (SELECT type, COUNT(*) AS n
                FROM purser.discrepancies
               WHERE gateway = r.gateway AND business_date = p_date AND holds
               GROUP BY type ORDER BY type LIMIT 1000000)
    DO
      SET v_types = CONCAT(v_types, IF(v_types = '', '', ','), '"', t.type, '":', t.n);
    END FOR;
    SET v_json = CONCAT(v_json, IF(v_json = '', '', ','), JSON_QUOTE(r.gateway),
      ':{"state":"', r.state, '",',
      purser.counts_json('', r.internal_records, r.gateway_records, r.matched, r.discrepancies),
      ',"by_type":{', v_types,
      '},"by_currency":', purser.currencies_json(p_date, r.gateway, ''),
      ',"error":', COALESCE(JSON_QUOTE(r.error), 'null'), '}');
  END FOR;
  RETURN CONCAT('{', v_json, '}');
END//
DELIMITER ;

-- ---- sql/functions/health_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.health_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What is known of each check now, as a JSON array, from the daemon''s memory. Used by the view health'
RETURN CONVERT(purser_job('health', JSON_OBJECT('wait', JSON_EXTRACT('false', '$')), USER(), NULL) USING utf8mb4)//
DELIMITER ;

-- ---- sql/functions/health_view_json.sql
-- INVOKER, between the view and health_json: CREATE VIEW asks for the definer's right to a DEFINER function, which a dump has
-- just taken away with the routine. The restore of a whole server would end there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.health_view_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'health_json for the view health, so that the view can be restored from a dump'
RETURN purser.health_json()//
DELIMITER ;

-- ---- sql/functions/installed_names.sql
-- The definer sees all of its own; whoever calls sees no more routines than it may call, and no triggers.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.installed_names(
  p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A JSON array of the names of what is in the schema: FUNCTION, PROCEDURE or TRIGGER. Used by selftest'
BEGIN
  DECLARE v_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  FOR r IN (SELECT ROUTINE_NAME AS n FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'purser' AND ROUTINE_TYPE = p_kind
            UNION ALL SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'purser' AND p_kind = 'TRIGGER')
  DO
    SET v_names = JSON_ARRAY_APPEND(v_names, '$', r.n);
  END FOR;
  RETURN v_names;
END//
DELIMITER ;

-- ---- sql/functions/percent.sql
-- Rounds half up in integers: a division of decimals depends on the caller's div_precision_increment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.percent(
  p_part BIGINT UNSIGNED, p_whole BIGINT UNSIGNED)
  RETURNS DECIMAL(20,2)
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'Part of the whole in percent with two decimals; 0 where there is no whole'
RETURN IF(COALESCE(p_whole, 0) = 0, 0,
          ((20000 * COALESCE(p_part, 0) + p_whole) DIV (2 * p_whole)) * 0.01)//
DELIMITER ;

-- ---- sql/functions/purser_usage_allowed.sql
-- The client's row first, which lets one in at a time. Then the counters, in order, for those who write without asking. Each is
-- locked by its whole key, so that nobody's gap is locked, and is made where it is missing (usage_count_first; a look
-- by SELECT … INTO locks nothing, but in a binary log of statements, where nobody looks).
-- With a binary log that may hold statements InnoDB locks what a function reads that writes (shared). Two who read the client's row
-- would then wait for each other, so it is locked for writing before it is read.
-- Said to read: with a binary log a function that says that it writes is refused (1418). The counter that it may make is one of 0.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.purser_usage_allowed(
  p_client BIGINT UNSIGNED,
  p_amount DECIMAL(19,4))
  RETURNS BOOLEAN
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'May an active client have one more transaction of this amount now? With a hard stop 0 for what would go over a limit, and the client''s usage is locked until the transaction ends'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_volume_limit DECIMAL(19,4);
  DECLARE v_transaction_limit BIGINT UNSIGNED;
  DECLARE v_hard_stop BOOLEAN;
  DECLARE v_slots, v_slot INT DEFAULT 0;
  DECLARE v_volume, v_more DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_count BIGINT DEFAULT 0;
  DECLARE v_there INT DEFAULT 0;
  DECLARE v_statements BOOLEAN DEFAULT @@log_bin AND @@SESSION.binlog_format <> 'ROW';
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF v_statements THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT status INTO v_status FROM purser.clients WHERE id = p_client FOR UPDATE;
    SET v_status = NULL;
  END IF;
  SELECT status, hard_stop, volume_limit, transaction_limit, counter_slots
    INTO v_status, v_hard_stop, v_volume_limit, v_transaction_limit, v_slots
    FROM purser.client_limits WHERE client_id = p_client;
  IF v_status IS NULL THEN
    SET v_why = CONCAT('client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF p_amount IS NULL THEN
    SET v_why = 'amount: it is NULL; give the amount of the transaction in the currency of the client''s package';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF v_status <> 'active' THEN
    RETURN FALSE;
  END IF;
  IF NOT v_hard_stop OR COALESCE(v_volume_limit, v_transaction_limit) IS NULL OR p_amount < 0 THEN
    RETURN TRUE;
  END IF;

  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT status INTO v_status FROM purser.clients WHERE id = p_client FOR UPDATE;
  SET v_month = purser.usage_month(UTC_TIMESTAMP(6));
  IF v_month IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.usage_months is empty: CALL purser.usage_calendar()';
  END IF;
  SELECT GREATEST(v_slots, COALESCE(1 + MAX(slot), 1)) INTO v_slots FROM purser.usage_locks WHERE client_id = p_client;
  WHILE v_slot < v_slots DO
    IF NOT v_statements THEN
      SELECT COUNT(*) INTO v_there FROM purser.client_usage WHERE client_id = p_client AND month = v_month AND slot = v_slot;
    END IF;
    IF NOT v_there THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      CALL purser.usage_count_first(p_client, v_month, v_slot, v_slots, 0, 0, 0);
    END IF;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT volume, transactions INTO v_more, v_count FROM purser.client_usage
     WHERE client_id = p_client AND month = v_month AND slot = v_slot FOR UPDATE;
    SET v_volume = v_volume + v_more, v_transactions = v_transactions + v_count, v_slot = v_slot + 1;
  END WHILE;
  RETURN v_status = 'active' AND COALESCE(v_volume + p_amount <= v_volume_limit, TRUE)
     AND COALESCE(CAST(v_transactions + 1 AS DECIMAL(25)) <= v_transaction_limit, TRUE);
END//
DELIMITER ;

-- ---- sql/functions/rate_limit_headers.sql
-- LONGBLOB: the key is the bytes as they came, as in purser_rate_limit().
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_headers(
  p_identifier LONGBLOB,
  p_endpoint LONGBLOB,
  p_max_requests BIGINT,
  p_window_seconds BIGINT)
  RETURNS TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'What a response says about a limit: a JSON object of HTTP headers, as text; counts nothing'
BEGIN
  RETURN CONVERT(purser_rate_limit_headers(p_identifier, p_endpoint, p_max_requests, p_window_seconds) USING utf8mb4);
END//
DELIMITER ;

-- ---- sql/functions/rate_limit_keys_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_keys_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NO SQL SQL SECURITY DEFINER
  COMMENT 'The keys of the rate limiter that are asked for most, as JSON; for the view rate_limits'
RETURN CONVERT(purser_rate_limit_keys() USING utf8mb4)//
DELIMITER ;

-- ---- sql/functions/rate_limit_keys_view_json.sql
-- INVOKER, as health_view_json.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limit_keys_view_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NO SQL SQL SECURITY INVOKER
  COMMENT 'rate_limit_keys_json for the view rate_limits, so that the view can be restored from a dump'
RETURN purser.rate_limit_keys_json()//
DELIMITER ;

-- ---- sql/functions/rate_limits_json.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.rate_limits_json()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The policies that are enabled and the lists as they are now, as the worker loads them'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_policies, v_allow, v_deny LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;
  -- cut by GROUP_CONCAT, or by CONCAT
  DECLARE EXIT HANDLER FOR 1260, 1301
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    SET v_why = CONCAT('the policies and lists of rate limits are together longer than max_allowed_packet (',
      @@max_allowed_packet, ' bytes): list less, or raise it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END;

  SET SESSION group_concat_max_len = 1073741824;
  SELECT GROUP_CONCAT('{"name":', JSON_QUOTE(name), ',"max_requests":', max_requests, ',"window_seconds":',
                      window_seconds, ',"shadow":', IF(shadow, 'true', 'false'), '}' ORDER BY name)
    INTO v_policies
    FROM purser.rate_limit_policies
   WHERE enabled;
  -- Not sorted: that took seven times as long, and the primary key has them in order. Another order would only be
  -- loaded once more.
  SELECT GROUP_CONCAT(IF(list = 'allow', JSON_QUOTE(identifier), NULL)),
         GROUP_CONCAT(IF(list = 'deny', JSON_QUOTE(identifier), NULL))
    INTO v_allow, v_deny
    FROM purser.rate_limit_lists
   WHERE expires_at IS NULL OR expires_at > UTC_TIMESTAMP(6);
  SET SESSION group_concat_max_len = v_old;
  RETURN CONCAT('{"policies":[', COALESCE(v_policies, ''), '],"allow":[', COALESCE(v_allow, ''),
                '],"deny":[', COALESCE(v_deny, ''), ']}');
END//
DELIMITER ;

-- ---- sql/functions/report_json.sql
-- No number or time of a run is in it: running a day again without a change gives the same bytes.
-- 8 MiB keeps the whole below the default max_allowed_packet, above which CONCAT fails.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.report_json(p_date DATE)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The results of a business day over all gateways, as reconciliation_reports.results_json has them; NULL for NULL'
BEGIN
  DECLARE v_internal, v_gateway, v_matched, v_discrepancies BIGINT UNSIGNED DEFAULT 0;

  IF p_date IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT COALESCE(SUM(internal_records), 0), COALESCE(SUM(gateway_records), 0),
         COALESCE(SUM(matched), 0), COALESCE(SUM(discrepancies), 0)
    INTO v_internal, v_gateway, v_matched, v_discrepancies
    FROM purser.latest_runs
   WHERE business_date = p_date;

  RETURN CONCAT(
    '{"report_date":"', p_date, '","summary":{',
    purser.counts_json('total_', v_internal, v_gateway, v_matched, v_discrepancies),
    ',"by_currency":', purser.currencies_json(p_date, NULL, 'total_'),
    '},"gateways":', purser.gateways_json(p_date), ',',
    purser.discrepancies_json(p_date, 10000, 8388608), '}');
END//
DELIMITER ;

-- ---- sql/functions/server_activity.sql
-- For the health checks of transactions and of locks. What other sessions do is shown to who has
-- PROCESS alone; this tells how many and how long, and of the oldest transaction whose it is: no
-- statement. Purser's own sessions and a replica's appliers do not count. InnoDB tells the start of a
-- transaction in the server's zone; where an hour comes twice, CONVERT_TZ takes
-- the later one: nothing seems older than it is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.server_activity()
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  NOT DETERMINISTIC READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Open transactions, the oldest, and waits for metadata locks, as a JSON object; for the worker'
BEGIN
  DECLARE v_count, v_waits BIGINT DEFAULT 0;
  DECLARE v_seconds, v_connection BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_user VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  FOR t IN (SELECT x.trx_mysql_thread_id AS connection, p.USER AS user,
                   TIMESTAMPDIFF(SECOND, CONVERT_TZ(x.trx_started, 'SYSTEM', '+00:00'), UTC_TIMESTAMP()) AS age
              FROM information_schema.INNODB_TRX x
              LEFT JOIN information_schema.PROCESSLIST p ON p.ID = x.trx_mysql_thread_id
             WHERE x.trx_mysql_thread_id <> CONNECTION_ID()
               AND COALESCE(p.USER, '') NOT IN ('purser', 'system user')) DO
    SET v_count = v_count + 1;
    IF v_seconds IS NULL OR t.age > v_seconds THEN
      SET v_seconds = GREATEST(t.age, 0), v_connection = t.connection, v_user = t.user;
    END IF;
  END FOR;
  SELECT COUNT(*) INTO v_waits FROM information_schema.PROCESSLIST
   WHERE STATE LIKE 'Waiting for % metadata lock'
      OR STATE IN ('Waiting for backup lock', 'Waiting for table level lock', 'Waiting for table flush');
  -- A variable alone would become a text.
  RETURN JSON_OBJECT('transactions', v_count + 0, 'seconds', v_seconds + 0, 'connection', v_connection + 0,
                     'user', v_user, 'waits', v_waits + 0);
END//
DELIMITER ;

-- ---- sql/functions/usage_channel.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_channel()
  RETURNS VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The channel of the usage alerts: the setting usage_channel, where alert_channels has it as one of mail; else NULL'
BEGIN
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SELECT MAX(c.name) INTO v_channel FROM purser.settings AS s JOIN purser.alert_channels AS c ON c.name = s.value
   WHERE s.name = 'usage_channel' AND c.kind = 'mail';
  RETURN v_channel;
END//
DELIMITER ;

-- ---- sql/functions/usage_decimals.sql
-- The currencies of ISO 4217 that have not two; udf/currency.c has the same.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_decimals(
  p_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS TINYINT
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Decimals with which an amount of a currency is written'
RETURN CASE
  WHEN p_currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN 0
  WHEN p_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
  WHEN p_currency IN ('CLF', 'UYW') THEN 4
  ELSE 2 END//
DELIMITER ;

-- ---- sql/functions/usage_level.sql
-- A limit of 0 is reached by whatever is used at all. Amounts have four decimals, transactions none (p_unit).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_level(
  p_limit DECIMAL(25,4), p_threshold DECIMAL(5,2), p_unit DECIMAL(5,4))
  RETURNS DECIMAL(25,4)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The smallest usage, in steps of p_unit (0.0001 or 1), that is p_threshold percent of p_limit; NULL without a limit'
RETURN IF(p_limit = 0, p_unit,
          IF(p_unit = 1, CEILING(p_limit * p_threshold * 0.01), CEILING(p_limit * p_threshold * 100) * 0.0001))//
DELIMITER ;

-- ---- sql/functions/usage_mail_sql.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_mail_sql(
  p_language VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_locale VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_test BOOLEAN)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The query that makes the variables of the templates: of the thresholds (a parameter) whose clients get this language. Used by usage_mail'
BEGIN
  DECLARE v_escape TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(%,''&'',''&amp;''),''<'',''&lt;''),''>'',''&gt;''),''"'',''&quot;''),'''''''',''&#39;'')';
  DECLARE v_locale TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT QUOTE(p_locale);
  DECLARE v_number TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('FORMAT(%, #, ', v_locale, ')');
  DECLARE v_money TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_count TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- FORMAT groups no thousands in French, Spanish and others: then by a space at which no line is broken.
  IF FORMAT(1234567, 0, p_locale) = '1234567' THEN
    SET v_number = CONCAT('REPLACE(REPLACE(FORMAT(%, #, ''en_US''), '','', _utf8mb4 X''C2A0'' COLLATE utf8mb4_nopad_bin), ''.'', ', QUOTE(SUBSTR(FORMAT(0.5, 1, p_locale), 2, 1)), ')');
  END IF;
  SET v_money = REPLACE(v_number, '#', 'r.decimals'), v_count = REPLACE(v_number, '#', '0');

  RETURN CONCAT('SELECT r.n, r.email, CONCAT(''usage:'', r.client_id, '':'', r.month, '':'', r.threshold) AS dedup_key,
    r.client_id, r.name AS client_name, r.alert_type, r.package, r.recommended AS recommended_package, r.measure, r.currency, r.month, ',
    REPLACE(v_escape, '%', 'r.name'), ' AS client_name_html, ', REPLACE(v_escape, '%', 'r.alert_type'), ' AS alert_type_html, ',
    REPLACE(v_escape, '%', 'r.package'), ' AS package_html, ',
    REPLACE(v_escape, '%', 'COALESCE(r.recommended, '''')'), ' AS recommended_package_html,
    FORMAT(r.threshold, IF(r.threshold = FLOOR(r.threshold), 0, 2), ', v_locale, ') AS threshold,
    FORMAT(TRUNCATE(r.percentage, 1), 1, ', v_locale, ') AS usage_percentage, ',
    REPLACE(v_money, '%', 'TRUNCATE(r.volume, r.decimals)'), ' AS current_volume, ',
    'COALESCE(', REPLACE(v_money, '%', 'r.max_volume'), ', '''') AS max_volume, ',
    'COALESCE(', REPLACE(v_money, '%', 'GREATEST(r.max_volume - TRUNCATE(r.volume, r.decimals), 0)'), ', '''') AS remaining_volume, ',
    REPLACE(v_count, '%', 'r.transactions'), ' AS current_transactions, ',
    'COALESCE(', REPLACE(v_count, '%', 'r.max_transactions'), ', '''') AS max_transactions, ',
    'COALESCE(', REPLACE(v_count, '%', 'GREATEST(CAST(r.max_transactions AS DECIMAL(25)) - r.transactions, 0)'), ', '''') AS remaining_transactions, ',
    REPLACE(v_money, '%', 'r.price'), ' AS price, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.price'), ', '''') AS recommended_price, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.price - r.price'), ', '''') AS recommended_difference, ',
    'COALESCE(', REPLACE(v_money, '%', 'q.volume_limit'), ', '''') AS recommended_volume, ',
    'COALESCE(', REPLACE(v_count, '%', 'q.transaction_limit'), ', '''') AS recommended_transactions,
    ', IF(p_test, 'TRUE', 'FALSE'), ' AS is_test, q.name IS NOT NULL AS is_recommended, r.measure = ''volume'' AS is_by_volume,
    r.measure = ''transactions'' AS is_by_transactions, r.threshold >= 100 AS is_limit_reached, r.hard_stop AS is_hard_stop,
    r.max_volume IS NOT NULL AS is_volume_limited, r.max_transactions IS NOT NULL AS is_transactions_limited,
    q.volume_limit IS NOT NULL AS is_recommended_volume_limited, q.transaction_limit IS NOT NULL AS is_recommended_transactions_limited
  FROM (
    SELECT STRAIGHT_JOIN j.*, c.name, c.email, l.price, l.hard_stop, COALESCE(d.decimals, purser.usage_decimals(j.currency)) AS decimals,
           (SELECT o.name FROM purser.packages AS o
             WHERE o.offered AND o.currency = j.currency AND o.position > p.position
               AND (o.volume_limit IS NULL OR j.volume < o.volume_limit * 0.8)
               AND (o.transaction_limit IS NULL OR j.transactions < o.transaction_limit * 0.8)
             ORDER BY o.position LIMIT 1) AS recommended
      FROM JSON_TABLE(?, ''$[*]'' COLUMNS ', '(
           n FOR ORDINALITY,
           client_id BIGINT UNSIGNED PATH ''$[0]'', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[1]'', threshold DECIMAL(5,2) PATH ''$[2]'',
           alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[3]'', percentage DECIMAL(12,2) PATH ''$[4]'', measure VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[5]'',
           volume DECIMAL(25,4) PATH ''$[6]'', max_volume DECIMAL(19,4) PATH ''$[7]'', transactions BIGINT PATH ''$[8]'',
           max_transactions BIGINT UNSIGNED PATH ''$[9]'', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[10]'', package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH ''$[11]'',
           covered_by DECIMAL(5,2) PATH ''$[12]'')', ') AS j
      JOIN purser.clients AS c ON c.id = j.client_id
      JOIN purser.packages AS p ON p.name = c.package
      JOIN purser.client_limits AS l ON l.client_id = j.client_id
      LEFT JOIN (SELECT currency, purser.usage_decimals(currency) AS decimals FROM purser.packages GROUP BY currency) AS d ON d.currency = j.currency
     WHERE COALESCE((SELECT MIN(t.language) FROM purser.usage_templates AS t WHERE t.name = ''usage_alert'' AND LOWER(t.language) = LOWER(c.language)),
                    (SELECT MIN(t.language) FROM purser.usage_templates AS t WHERE t.name = ''usage_alert''
                        AND LOWER(t.language) = LOWER(SUBSTRING_INDEX(c.language, ''-'', 1))), ''en'') = ', QUOTE(p_language), '
     LIMIT 1000000) AS r
  LEFT JOIN purser.packages AS q ON q.name = r.recommended');
END//
DELIMITER ;

-- ---- sql/functions/usage_map_sql.sql
-- The same text in triggers and view, so that both see one and the same. Nothing of it raises an error, whatever
-- the row holds: values are compared as text, byte for byte; what cannot be an amount or a client is NULL.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_map_sql(
  p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_what VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_row VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'An expression of a mapped row: client_id, amount, currency, occurred_at or where; p_row is NEW, OLD or the table''s name in the view'
BEGIN
  DECLARE v_column LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(p_row, '.', purser.constraint_quoted(JSON_VALUE(p_spec, CONCAT('$.', p_what))));
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_spec, '$.time_zone');
  DECLARE v_sql, v_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE i, k INT UNSIGNED DEFAULT 0;
  DECLARE v_values LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_null BOOLEAN;

  CASE p_what
    WHEN 'client_id' THEN RETURN CONCAT('IF(', v_column, ' >= 0, ', v_column, ', NULL)');
    WHEN 'amount' THEN RETURN CONCAT('IF(', v_column, ' BETWEEN -999999999999999.9999 AND 999999999999999.9999, CAST(', v_column,
      ' AS DECIMAL(19,4)), NULL)');
    WHEN 'currency' THEN RETURN COALESCE(CONCAT('NULLIF(UPPER(LEFT(CONVERT(', v_column, ' USING utf8mb4), 8)), '''') COLLATE utf8mb4_nopad_bin'), 'NULL');
    WHEN 'occurred_at' THEN RETURN CASE v_zone WHEN 'UTC' THEN v_column
      WHEN 'timestamp' THEN CONCAT('TIMESTAMP''1970-01-01 00:00:00'' + INTERVAL UNIX_TIMESTAMP(', v_column, ') SECOND')
      ELSE CONCAT('CONVERT_TZ(', v_column, ', ', QUOTE(v_zone), ', ''+00:00'')') END;
    ELSE BEGIN END;
  END CASE;
  WHILE i < JSON_LENGTH(p_spec, '$.where') DO
    SET v_column = CONCAT(p_row, '.', purser.constraint_quoted(JSON_VALUE(p_spec, CONCAT('$.where[', i, '][0]'))));
    SET v_values = JSON_EXTRACT(p_spec, CONCAT('$.where[', i, '][1]')), v_text = '', v_null = FALSE, k = 0;
    WHILE k < JSON_LENGTH(v_values) DO
      IF JSON_VALUE(v_values, CONCAT('$[', k, ']')) IS NULL THEN
        SET v_null = TRUE;
      ELSE
        SET v_text = CONCAT(v_text, IF(v_text = '', '', ', '), QUOTE(JSON_VALUE(v_values, CONCAT('$[', k, ']'))));
      END IF;
      SET k = k + 1;
    END WHILE;
    SET v_sql = CONCAT(v_sql, IF(v_sql = '', '', ' AND '), '(',
      IF(v_text = '', 'FALSE', CONCAT('COALESCE(CONVERT(', v_column, ' USING utf8mb4) COLLATE utf8mb4_nopad_bin IN (', v_text, '), FALSE)')),
      IF(v_null, CONCAT(' OR ', v_column, ' IS NULL'), ''), ')');
    SET i = i + 1;
  END WHILE;
  RETURN IF(v_sql = '', 'TRUE', CONCAT('(', v_sql, ')'));
END//
DELIMITER ;

-- ---- sql/functions/usage_map_trigger.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_map_trigger(
  p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_event VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY INVOKER
  COMMENT 'The trigger that counts a mapped table''s INSERT, UPDATE or DELETE'
BEGIN
  DECLARE v_new, v_old, v_same LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SET v_new = CONCAT('IF ', purser.usage_map_sql(p_spec, 'where', 'NEW'), ' THEN CALL purser.usage_count(',
    purser.usage_map_sql(p_spec, 'client_id', 'NEW'), ', ', purser.usage_map_sql(p_spec, 'occurred_at', 'NEW'), ', ',
    purser.usage_map_sql(p_spec, 'amount', 'NEW'), ', ', purser.usage_map_sql(p_spec, 'currency', 'NEW'), ', 1); END IF; ');
  SET v_old = CONCAT('IF ', purser.usage_map_sql(p_spec, 'where', 'OLD'), ' THEN CALL purser.usage_count(',
    purser.usage_map_sql(p_spec, 'client_id', 'OLD'), ', ', purser.usage_map_sql(p_spec, 'occurred_at', 'OLD'), ', ',
    purser.usage_map_sql(p_spec, 'amount', 'OLD'), ', ', purser.usage_map_sql(p_spec, 'currency', 'OLD'), ', -1); END IF; ');
  SET v_same = CONCAT(
    purser.usage_map_sql(p_spec, 'where', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'where', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'client_id', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'client_id', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'amount', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'amount', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'currency', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'currency', 'NEW'), ' AND ',
    purser.usage_map_sql(p_spec, 'occurred_at', 'OLD'), ' <=> ', purser.usage_map_sql(p_spec, 'occurred_at', 'NEW'));
  RETURN CONCAT('CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER ', purser.constraint_quoted(p_schema),
    '.purser_usage_', LOWER(p_event), ' AFTER ', p_event, ' ON ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table),
    ' FOR EACH ROW BEGIN ',
    CASE p_event WHEN 'INSERT' THEN v_new WHEN 'DELETE' THEN v_old
      ELSE CONCAT('IF NOT (', v_same, ') THEN ', v_old, v_new, 'END IF; ') END, 'END');
END//
DELIMITER ;

-- ---- sql/functions/usage_month.sql
-- A moment before the calendar belongs to its first month: a payment is never stopped for the calendar.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_month(p_moment DATETIME(6))
  RETURNS CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The month (YYYY-MM) in which a moment (UTC) falls in the time zone of the business'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  -- SELECT … INTO, which locks nothing; RETURN (SELECT …) would.
  SELECT COALESCE(
    (SELECT month FROM purser.usage_months WHERE starts_at <= p_moment ORDER BY starts_at DESC LIMIT 1),
    (SELECT month FROM purser.usage_months ORDER BY starts_at LIMIT 1)) INTO v_month;
  RETURN v_month;
END//
DELIMITER ;

-- ---- sql/functions/usage_owed.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_owed()
  RETURNS BIGINT
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Alerts of this month that have no mail because no channel is set'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_owed BIGINT DEFAULT 0;
  IF purser.usage_channel() IS NULL THEN
    SELECT COUNT(*) INTO v_owed FROM purser.usage_alerts WHERE outbox_id IS NULL AND covered_by IS NULL AND alert_month = v_month;
  END IF;
  RETURN v_owed;
END//
DELIMITER ;

-- ---- sql/functions/usage_percent.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_percent(
  p_used DECIMAL(25,4), p_limit DECIMAL(25,4))
  RETURNS DECIMAL(12,2)
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'Percent of a limit that is used, rounded down, and never below 0; NULL without a limit; 999 where a limit of 0 is used at all'
RETURN CASE
  WHEN p_limit = 0 THEN IF(p_used > 0, 999, 0)
  WHEN p_used > p_limit * 10000000 THEN 999999999.99
  WHEN p_used < 0 THEN 0
  -- by DIV, since a quotient has the decimals that div_precision_increment says
  ELSE ((p_used * 10000) DIV p_limit) * 0.01 END//
DELIMITER ;

-- ---- sql/functions/usage_template_sql.sql
-- A template becomes an expression of SQL over the row v of usage_mail: its texts are quoted, its variables are
-- columns. So what a variable holds is never looked through for variables, whatever a client is called.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` FUNCTION purser.usage_template_sql(
  p_template LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  p_html BOOLEAN)
  RETURNS LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
  DETERMINISTIC NO SQL SQL SECURITY DEFINER
  COMMENT 'The expression that fills a template; an error that names a variable that there is not. Used by triggers and usage_mail'
BEGIN
  DECLARE v_texts TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'client_name,alert_type,package,recommended_package';
  DECLARE v_others TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'client_id,threshold,usage_percentage,measure,currency,month,current_volume,max_volume,remaining_volume,current_transactions,max_transactions,remaining_transactions,price,recommended_price,recommended_difference,recommended_volume,recommended_transactions';
  DECLARE v_parts TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'test,recommended,by_volume,by_transactions,limit_reached,hard_stop,volume_limited,transactions_limited,recommended_volume_limited,recommended_transactions_limited';
  DECLARE v_out LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'CONCAT(''''';
  DECLARE v_open, v_name, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_at, v_begin, v_end INT DEFAULT 1;

  SET v_begin = LOCATE('{{', p_template);
  WHILE v_begin > 0 AND v_why = '' DO
    SET v_out = CONCAT(v_out, ',', QUOTE(SUBSTRING(p_template, v_at, v_begin - v_at)));
    SET v_end = LOCATE('}}', p_template, v_begin);
    SET v_name = IF(v_end = 0, '', TRIM(SUBSTRING(p_template, v_begin + 2, v_end - v_begin - 2)));
    CASE
    WHEN v_end = 0 THEN
      SET v_why = CONCAT('''', LEFT(SUBSTRING(p_template, v_begin), 30), ''' has no }}');
    WHEN p_html AND FIND_IN_SET(v_name, v_texts) THEN
      SET v_out = CONCAT(v_out, ',v.', v_name, '_html');
    WHEN FIND_IN_SET(v_name, v_texts) OR FIND_IN_SET(v_name, v_others) THEN
      SET v_out = CONCAT(v_out, ',v.', v_name);
    WHEN LEFT(v_name, 1) IN ('#', '^') AND FIND_IN_SET(SUBSTRING(v_name, 2), v_parts) THEN
      SET v_open = CONCAT(SUBSTRING(v_name, 2), ',', v_open),
          v_out = CONCAT(v_out, ',IF(', IF(LEFT(v_name, 1) = '^', 'NOT ', ''), 'v.is_', SUBSTRING(v_name, 2), ',CONCAT(''''');
    WHEN LEFT(v_name, 1) = '/' AND v_open <> '' AND SUBSTRING_INDEX(v_open, ',', 1) = SUBSTRING(v_name, 2) THEN
      SET v_open = SUBSTRING(v_open, CHAR_LENGTH(v_name) + 1), v_out = CONCAT(v_out, '),'''')');
    WHEN LEFT(v_name, 1) = '/' THEN
      SET v_why = CONCAT('{{', LEFT(v_name, 60), '}} closes what was not opened last');
    ELSE
      SET v_why = CONCAT('there is no variable {{', LEFT(v_name, 60), '}}: docs/usage-alerts.md has their names');
    END CASE;
    IF v_why = '' AND CHAR_LENGTH(v_open) - CHAR_LENGTH(REPLACE(v_open, ',', '')) > 5 THEN
      SET v_why = CONCAT('{{', v_name, '}} is in more than five others');
    END IF;
    SET v_at = v_end + 2, v_begin = LOCATE('{{', p_template, v_end + 2);
  END WHILE;
  IF v_why = '' AND v_open <> '' THEN
    SET v_why = CONCAT('{{#', SUBSTRING_INDEX(v_open, ',', 1), '}} is not closed');
  END IF;
  IF v_why <> '' THEN
    SET v_why = CONCAT('The template is wrong: ', v_why);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  RETURN CONCAT(v_out, ',', QUOTE(SUBSTRING(p_template, v_at)), ')');
END//
DELIMITER ;

-- ---- sql/procedures/admin_note.sql
-- No session chooses the order of the rows by SET insert_id: see audit_insert_sql. Where a binary log of statements is
-- applied, by a replica or by mariadb-binlog, it is the id that the primary gave; then gtid_seq_no is set, which takes the
-- privilege BINLOG REPLAY.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.admin_note(
  IN p_action VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_object VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_object_id VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_client BIGINT UNSIGNED,
  IN p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes admin_log: who, from what, to what, and why (the session''s @purser_why). Used by triggers'
BEGIN
  IF @@insert_id > 0 AND @@gtid_seq_no = 0 THEN
    SET insert_id = 0;
  END IF;
  INSERT INTO purser.admin_log (actor, action, object, object_id, client_id, old_values, new_values, reason)
  VALUES (USER(), p_action, p_object, LEFT(p_object_id, 128), p_client, p_old, p_new,
          LEFT(REGEXP_REPLACE(COALESCE(purser.admin_why(), ''), '[[:cntrl:]]', ' '), 500));
END//
DELIMITER ;

-- ---- sql/procedures/alert_acknowledge.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_acknowledge(
  IN p_alert VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Somebody looks after an alert (its id) or all that a rule tells of: no repeats until it is over or gets worse'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_note, '');
  DECLARE v_id BIGINT UNSIGNED DEFAULT IF(p_alert REGEXP '^[0-9]{1,18}$', p_alert, NULL);
  DECLARE v_count BIGINT DEFAULT 0;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF COALESCE(p_alert, '') = '' THEN
    SET v_why = 'p_alert is empty: give the id of an alert (purser.firing_alerts has them), or the name of a rule';
  ELSEIF CHAR_LENGTH(v_note) > 1024 THEN
    SET v_why = CONCAT('p_note has ', CHAR_LENGTH(v_note), ' characters; at most 1024 are kept');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT COUNT(*) INTO v_count FROM purser.alerts
   WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id) FOR UPDATE;
  IF v_count = 0 THEN
    SET v_why = CONCAT('Nothing fires that is called ''', p_alert,
      ''': give the id of an alert (purser.firing_alerts has them), or the name of a rule');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_alert_acknowledge;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_acknowledge;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.alert_events (at, actor, action, what, note)
    SELECT UTC_TIMESTAMP(6), v_actor, 'acknowledge', CONCAT('alert ', id, ': ', rule, ', ', server, ', ', subject), v_note
      FROM purser.alerts
     WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id)
     ORDER BY id;
    SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
    UPDATE purser.alerts
       SET acknowledged_at = UTC_TIMESTAMP(6), acknowledged_by = v_actor, note = v_note
     WHERE since IS NOT NULL AND IF(v_id IS NULL, rule = p_alert, id = v_id)
     ORDER BY id;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_acknowledge;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/alert_need_target.sql
-- What the constraint target_fits_kind cannot say: whether the library will be able to use it
-- (mail_check_address, url_parse, split_target).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_need_target(
  IN p_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_target TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where nothing can ever be delivered to a target. Used by triggers'
BEGIN
  DECLARE v_rest TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(p_target, ',');
  DECLARE v_part, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count INT DEFAULT 0;

  IF p_target REGEXP '[[:cntrl:]]' THEN -- the constraint of that name says so
    SET v_rest = '';
  ELSEIF p_kind = 'mail' THEN
    WHILE v_rest <> '' AND v_why IS NULL DO
      SET v_part = TRIM(SUBSTRING_INDEX(v_rest, ',', 1)), v_count = v_count + 1;
      SET v_rest = SUBSTR(v_rest, LOCATE(',', v_rest) + 1);
      IF LENGTH(v_part) > 254 OR v_part NOT REGEXP CONCAT('^(?=[^@]{1,64}@)',
           '[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+([.][A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@',
           '[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?([.][A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$') THEN
        SET v_why = CONCAT('target: ''', LEFT(v_part, 60), ''' is not an address of the form name@example.com');
      ELSEIF v_count > 20 THEN
        SET v_why = 'target has more than 20 addresses';
      END IF;
    END WHILE;
  ELSEIF p_kind = 'webhook' AND p_target REGEXP '^https?://' THEN
    SET v_rest = SUBSTR(p_target, LOCATE('://', p_target) + 3);
    SET v_part = REGEXP_SUBSTR(v_rest, '^[^/?#]*');
    SET v_rest = SUBSTR(v_rest, LENGTH(v_part) + 1);
    IF v_part LIKE '%@%' THEN
      SET v_why = 'target: the URL must not hold a user name or password';
    ELSEIF v_part NOT REGEXP '^([A-Za-z0-9._-]+|[[][0-9A-Fa-f:.]+[]])(:.*)?$' THEN
      SET v_why = 'target: the URL names no host (a name in ASCII, or an address)';
    ELSEIF v_part REGEXP '^[^[]*:|]:' AND NOT (v_part REGEXP ':[0-9]{1,5}$' AND SUBSTRING_INDEX(v_part, ':', -1) BETWEEN 1 AND 65535) THEN
      SET v_why = 'target: the URL''s port is not a number from 1 to 65535';
    ELSEIF v_rest REGEXP '^[?]|#' THEN
      SET v_why = 'target: the URL has a ''?'' where its path should begin, or a ''#''';
    END IF;
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/alert_silence.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_silence(
  IN p_what VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_minutes INT UNSIGNED,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Nobody is told of a check, of service:NAME or of all (*) for so many minutes; another call sets another end'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_note, '');
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF COALESCE(p_what, '') NOT REGEXP '^([*]|service:[^*]+|[^*:]+)$' OR p_what REGEXP '[[:cntrl:]]' THEN
    SET v_why = CONCAT('p_what must be the name of a check, service:NAME or *, not ',
      IF(p_what IS NULL, 'NULL', CONCAT('''', p_what, '''')));
  ELSEIF COALESCE(p_minutes, 0) NOT BETWEEN 1 AND 527040 THEN
    SET v_why = CONCAT('p_minutes must be 1 to 527040 (a year), not ', COALESCE(p_minutes, 'NULL'));
  ELSEIF CHAR_LENGTH(v_note) > 1024 THEN
    SET v_why = CONCAT('p_note has ', CHAR_LENGTH(v_note), ' characters; at most 1024 are kept');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_alert_silence;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_silence;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.alert_silences (what, until, created_at, created_by, note)
    VALUES (p_what, UTC_TIMESTAMP(6) + INTERVAL p_minutes MINUTE, UTC_TIMESTAMP(6), v_actor, v_note)
    ON DUPLICATE KEY UPDATE until = VALUES(until), created_at = VALUES(created_at),
      created_by = VALUES(created_by), note = VALUES(note);
    INSERT INTO purser.alert_events (at, actor, action, what, note)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'silence', CONCAT(p_what, ' for ', p_minutes, ' minutes'), v_note);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_silence;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/alert_test.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_test(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts a test message for a channel into the outbox; answers with its id'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_enabled BOOLEAN DEFAULT NULL;
  -- Into a variable: a statement with these says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('test:', UUID());
  DECLARE v_server VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT(@@hostname, ':', @@port);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(enabled) INTO v_enabled FROM purser.alert_channels WHERE name = p_channel;
  IF v_enabled IS NULL THEN
    SET v_why = CONCAT('There is no channel ', IF(p_channel IS NULL, 'NULL', CONCAT('''', p_channel, '''')),
      ': purser.alert_channels has their names');
  ELSEIF NOT v_enabled THEN
    SET v_why = CONCAT('The channel ''', p_channel, ''' is switched off: UPDATE purser.alert_channels SET enabled = TRUE');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_alert_test;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_test;
      END;
      RESIGNAL;
    END;
    INSERT INTO purser.outbox (channel, kind, dedup_key, subject, text, payload)
    VALUES (p_channel, 'test', v_key,
            CONCAT('[Purser] TEST of the channel ', p_channel, ', ',
                   DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:%i'), ' UTC'),
            CONCAT('This is a test, and nothing is wrong. ', v_actor, ' asked for it on ', v_server, '.\n'),
            JSON_OBJECT('test', JSON_EXTRACT('true', '$'), 'server', v_server));
    SELECT LAST_INSERT_ID() AS id;
    INSERT INTO purser.alert_events (at, actor, action, what)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'test', p_channel);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_test;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/alert_unsilence.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.alert_unsilence(
  IN p_what VARCHAR(80) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Ends a silence before its time'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_count BIGINT DEFAULT 0;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF COALESCE(p_what, '') = '' THEN
    SET v_why = 'p_what is empty: give what was silenced, as purser.alert_silences has it';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT COUNT(*) INTO v_count FROM purser.alert_silences
   WHERE what = p_what AND until > UTC_TIMESTAMP(6) FOR UPDATE;
  IF v_count = 0 THEN
    SET v_why = CONCAT('''', p_what, ''' is not silenced: purser.alert_silences has what is');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_alert_unsilence;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_alert_unsilence;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    DELETE FROM purser.alert_silences WHERE what = p_what;
    INSERT INTO purser.alert_events (at, actor, action, what)
    VALUES (UTC_TIMESTAMP(6), v_actor, 'unsilence', p_what);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_alert_unsilence;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/api_call.sql
-- For the plugin, which has verified the signature: the secret that it derived has to be that of the key, or the key was made with
-- another seed. Nothing is written, so it serves on a replica, and all that is read is of one moment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_call(
  IN p_key_id LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_secret_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_operation LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: the answer to a signed request of a key, in a row'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@in_transaction = 0;
  -- of the column's character set: so it is found by the index
  DECLARE v_key VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin DEFAULT IF(p_key_id REGEXP '^pk_[A-Za-z0-9]{24}\\z', p_key_id, '');
  DECLARE v_hash BINARY(32) DEFAULT IF(p_secret_hash REGEXP '^[0-9A-Fa-f]{64}\\z', UNHEX(p_secret_hash), '');
  DECLARE v_operation VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT IF(p_operation IN
    ('usage', 'usage_history', 'package', 'transactions', 'reconciliation', 'checkpoint', 'key'), p_operation, NULL);
  DECLARE v_parameters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_parameters, '{}');
  DECLARE v_client BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_of VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_good, v_expired, v_revoked BOOLEAN DEFAULT FALSE;
  DECLARE v_status INT DEFAULT 200;
  DECLARE v_months BIGINT DEFAULT 0;
  DECLARE v_problem VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_detail TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_operation IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_operation must be usage, usage_history, package, transactions, reconciliation, checkpoint or key';
  END IF;
  IF v_own THEN
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
    START TRANSACTION READ ONLY, WITH CONSISTENT SNAPSHOT;
  END IF;
  SELECT MAX(k.client_id), MAX(c.status), COALESCE(MAX(k.secret_hash = v_hash), FALSE),
         COALESCE(MAX(k.expires_at <= UTC_TIMESTAMP(6)), FALSE), COALESCE(MAX(k.revoked_at IS NOT NULL), FALSE)
    INTO v_client, v_of, v_good, v_expired, v_revoked
    FROM purser.client_keys AS k JOIN purser.clients AS c ON c.id = k.client_id WHERE k.key_id = v_key;

  IF NOT v_good OR v_revoked OR v_expired THEN
    SET v_status = 401, v_problem = 'invalid-key', v_client = NULL,
        v_detail = CASE WHEN NOT v_good THEN 'This key is not known' WHEN v_revoked THEN 'This key was revoked' ELSE 'This key has expired' END;
  ELSEIF v_of <> 'active' THEN
    SET v_status = 403, v_problem = CONCAT('client-', v_of), v_detail = CONCAT('This client is ', v_of);
  ELSE
    SET v_detail = purser.api_parameters_why(v_operation, v_parameters);
    IF v_detail IS NOT NULL THEN
      SET v_status = 400, v_problem = 'invalid-parameter';
    ELSEIF v_operation <> 'key' THEN
      SELECT COUNT(*) INTO v_months FROM purser.usage_months WHERE month = LEFT(JSON_VALUE(v_parameters, '$.date'), 7);
      SET v_body = purser.api_answer(v_client, v_operation, v_parameters);
      IF v_body IS NULL AND v_operation = 'checkpoint' THEN
        SET v_status = 404, v_problem = 'not-found', v_detail = 'Nothing of the audit log is sealed yet';
      ELSEIF v_body IS NULL AND v_months > 0 THEN
        SET v_status = 503, v_problem = 'not-configured',
            v_detail = 'The server cannot say when this day begins: its tables of time zones are empty (mariadb-tzinfo-to-sql fills them)';
      ELSEIF v_body IS NULL THEN
        SET v_status = 400, v_problem = 'invalid-parameter', v_detail = 'date: it is outside of the calendar of this server';
      END IF;
    END IF;
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
  SELECT v_status AS status, v_problem AS problem, v_detail AS detail, v_body AS body, v_client AS client_id;
END//
DELIMITER ;

-- ---- sql/procedures/api_idempotency_begin.sql
-- In a transaction of its own, so that whoever comes at the same time sees at once who was first. The row is made without a look
-- before, and only then locked: two who look for a row that is not there would lock the gap and wait for each other.
-- What is written comes from variables: a statement of the binary log has their values in it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_begin(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: takes an idempotency key; state is begun (do it), done (status and body are the answer), mismatch or in_progress'
BEGIN
  DECLARE v_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_hash, v_former BINARY(32) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_begun, v_ended DATETIME(6) DEFAULT NULL;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_status SMALLINT UNSIGNED DEFAULT NULL;
  DECLARE v_body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_taken BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  CALL purser.api_idempotency_check(p_client_id, p_idempotency_key, p_request_hash);
  SET v_key = p_idempotency_key, v_hash = UNHEX(p_request_hash);
  CALL purser.api_idempotency_forget(v_now - INTERVAL 24 HOUR);

  START TRANSACTION;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.api_idempotency (client_id, idempotency_key, request_hash, begun_at)
    VALUES (p_client_id, v_key, v_hash, v_now);
  END;
  IF v_taken THEN
    -- The refused INSERT holds a shared lock, and so may others: two of them could not lock the row for themselves.
    ROLLBACK AND NO CHAIN NO RELEASE;
    START TRANSACTION;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT request_hash, begun_at, ended_at, status, body INTO v_former, v_begun, v_ended, v_status, v_body
      FROM purser.api_idempotency WHERE client_id = p_client_id AND idempotency_key = v_key FOR UPDATE;
    SET v_state = CASE
      -- taken away meanwhile: the client asks again
      WHEN v_begun IS NULL THEN 'in_progress'
      WHEN v_begun <= v_now - INTERVAL 24 HOUR THEN 'begun'
      WHEN v_former <> v_hash THEN 'mismatch'
      WHEN v_ended IS NOT NULL THEN 'done'
      WHEN v_begun <= v_now - INTERVAL 60 SECOND THEN 'begun'
      ELSE 'in_progress' END;
    IF v_state = 'begun' THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.api_idempotency
         SET request_hash = v_hash, begun_at = v_now, ended_at = NULL, status = NULL, body = NULL
       WHERE client_id = p_client_id AND idempotency_key = v_key;
    END IF;
    IF v_state <> 'done' THEN
      SET v_status = NULL, v_body = NULL;
    END IF;
  ELSE
    SET v_state = 'begun';
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
  SELECT v_state AS state, v_status AS status, v_body AS body;
END//
DELIMITER ;

-- ---- sql/procedures/api_idempotency_check.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_check(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'An error where these are no client, idempotency key and hash, or a transaction is open. Used by api_idempotency_begin and api_idempotency_end'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CASE
    WHEN @@in_transaction = 1 THEN 'An idempotency key is taken in a transaction of its own: COMMIT or ROLLBACK that of this session first'
    WHEN p_client_id IS NULL THEN 'p_client_id: it is NULL; the number of a client was expected'
    WHEN NOT COALESCE(p_idempotency_key REGEXP '^[!-~]{1,64}\\z', FALSE) THEN
      'p_idempotency_key must be 1 to 64 characters of ASCII without blanks'
    WHEN NOT COALESCE(p_request_hash REGEXP '^[0-9A-Fa-f]{64}\\z', FALSE) THEN 'p_request_hash must be the 64 hex digits of an SHA-256' END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/api_idempotency_end.sql
-- Only what is under way ends: an answer that was kept stays, so that everybody is given the same one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_end(
  IN p_client_id BIGINT UNSIGNED,
  IN p_idempotency_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_request_hash LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_status INT,
  IN p_body LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of the client API: keeps the answer to a request that api_idempotency_begin let begin'
BEGIN
  DECLARE v_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_hash BINARY(32) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  CALL purser.api_idempotency_check(p_client_id, p_idempotency_key, p_request_hash);
  IF p_status IS NULL OR p_status NOT BETWEEN 100 AND 599 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_status must be an HTTP status';
  ELSEIF LENGTH(p_body) > 1048576 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_body: at most 1 MiB is kept';
  END IF;
  SET v_key = p_idempotency_key, v_hash = UNHEX(p_request_hash);
  START TRANSACTION;
  UPDATE purser.api_idempotency SET ended_at = v_now, status = p_status, body = p_body
   WHERE client_id = p_client_id AND idempotency_key = v_key AND request_hash = v_hash AND ended_at IS NULL;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/api_idempotency_forget.sql
-- More than a request adds, so that none is kept for ever; found without a lock and taken away one by one, by their whole keys. What
-- somebody else holds is left to the next.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.api_idempotency_forget(
  IN p_before DATETIME(6))
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes away at most ten idempotency keys that are too old. Used by api_idempotency_begin'
BEGIN
  DECLARE v_mine BIGINT DEFAULT 1;
  DECLARE EXIT HANDLER FOR 1205, 1213
    ROLLBACK AND NO CHAIN NO RELEASE;

  FOR o IN (SELECT client_id, idempotency_key FROM purser.api_idempotency FORCE INDEX (by_begin)
             WHERE begun_at <= p_before ORDER BY begun_at, client_id, idempotency_key LIMIT 10)
  DO
    START TRANSACTION;
    SET v_mine = 1;
    -- a binary log of statements takes no SKIP LOCKED: there it waits
    IF @@SESSION.binlog_format <> 'STATEMENT' THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT COUNT(*) INTO v_mine FROM purser.api_idempotency
       WHERE client_id = o.client_id AND idempotency_key = o.idempotency_key FOR UPDATE SKIP LOCKED;
    END IF;
    IF v_mine > 0 THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      DELETE FROM purser.api_idempotency WHERE client_id = o.client_id AND idempotency_key = o.idempotency_key AND begun_at <= p_before;
    END IF;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/apply_constraints.sql
-- INVOKER: with the caller's own rights on the shop. DDL commits, so a transaction is refused.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.apply_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Brings the rules of constraint_rules into force in a shop, online where the server can; refuses what rows break'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_in_transaction BOOLEAN DEFAULT @@in_transaction;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.constraint_end(COALESCE(v_schema, ''));
    RESIGNAL;
  END;

  IF v_in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'apply_constraints commits, and this session is in a transaction: COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  CALL purser.constraint_schema(p_schema, FALSE, v_schema);
  CALL purser.constraint_begin(v_schema);
  FOR r IN (SELECT name FROM purser.constraint_rules WHERE enabled ORDER BY name)
  DO
    SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_apply_rule(v_schema, r.name, v_rows);
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.constraint_end(v_schema);
  SELECT j.rule_name, j.table_name, j.outcome, j.algorithm, j.lock_type, j.violations, j.first_keys, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outcome',
           algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.algorithm',
           lock_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.lock',
           violations BIGINT UNSIGNED PATH '$.violations',
           first_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.keys',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/audit_check_table.sql
-- Triggers cannot be made for all that is shown as a table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_check_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the table, or refuses it. Used by audit_enable'
BEGIN
  DECLARE v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_engine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF @@in_transaction = 1 THEN
    CALL purser.audit_refuse('audit_enable and audit_disable commit, as every DDL does: COMMIT or ROLLBACK the transaction of this session first');
  ELSEIF @@log_bin AND 'STATEMENT' IN (@@GLOBAL.binlog_format, @@SESSION.binlog_format) THEN
    CALL purser.audit_refuse('binlog_format is STATEMENT: a replica would write a log of its own, with its own account and moments, and no seal would hold there; SET GLOBAL binlog_format = MIXED (or ROW) and connect anew, the applications as well');
  ELSEIF purser.ddl_why('not be logged') IS NOT NULL THEN
    CALL purser.audit_refuse(purser.ddl_why('not be logged'));
  END IF;
  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE INTO p_schema_name, p_table_name, v_type, v_engine
    FROM information_schema.TABLES AS t
   WHERE (t.TABLE_SCHEMA = p_schema OR (@@lower_case_table_names <> 0 AND t.TABLE_SCHEMA = LOWER(p_schema)))
     AND (t.TABLE_NAME = p_table OR (@@lower_case_table_names <> 0 AND t.TABLE_NAME = LOWER(p_table)))
     AND t.TABLE_TYPE NOT LIKE 'TEMPORARY%' -- MariaDB 11.8 lists these as well
   LIMIT 1;
  IF LOWER(p_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    CALL purser.audit_refuse(CONCAT('p_schema: tables of ', LOWER(p_schema), ' are not audited'));
  ELSEIF p_table_name IS NULL THEN
    CALL purser.audit_refuse(CONCAT('p_table: there is no table ', COALESCE(CONCAT('''', p_schema, '.', p_table, ''''), 'NULL'),
      ', or this account sees nothing of it; temporary tables cannot be audited'));
  ELSEIF v_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema_name, '.', p_table_name, ''' is a ', LOWER(v_type),
      '; only tables can be audited'));
  ELSEIF NOT EXISTS (SELECT 1 FROM information_schema.ENGINES AS e WHERE e.ENGINE = v_engine AND e.TRANSACTIONS = 'YES') THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema_name, '.', p_table_name, ''' is of the engine ', COALESCE(v_engine, 'unknown'),
      ', which has no transactions: a ROLLBACK would take back the log, not the change. ALTER TABLE … ENGINE=InnoDB first'));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/audit_consistency.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_consistency(
  IN p_first_size BIGINT UNSIGNED,
  IN p_second_size BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Answers with a proof, one JSON text, that the tree of one size goes on from that of a smaller one; both are tree_size of seals, NULL for the last'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF p_first_size IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_first_size is NULL: give the tree_size of a seal';
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'consistency', 'first', CAST(p_first_size AS CHAR),
                                    'second', CAST(p_second_size AS CHAR)), v_answer);
  SELECT v_answer AS proof;
END//
DELIMITER ;

-- ---- sql/procedures/audit_disable.sql
-- A table that is not audited, or is gone, is no error.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_disable(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Ends the auditing of a table; what is in audit_log stays'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  IF @@in_transaction = 1 THEN
    CALL purser.audit_refuse('audit_enable and audit_disable commit, as every DDL does: COMMIT or ROLLBACK the transaction of this session first');
  END IF;
  CALL purser.triggers_lock(TRUE);
  SELECT a.table_schema, a.table_name INTO v_schema, v_table FROM purser.audit_tables AS a
   WHERE (a.table_schema = p_schema OR (@@lower_case_table_names <> 0 AND a.table_schema = LOWER(p_schema)))
     AND (a.table_name = p_table OR (@@lower_case_table_names <> 0 AND a.table_name = LOWER(p_table)));
  COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
  IF v_table IS NULL THEN
    CALL purser.audit_check_table(p_schema, p_table, v_schema, v_table);
  END IF;
  CALL purser.audit_drop_triggers(v_schema, v_table);
  DELETE FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.audit_revoke(v_schema, v_table);
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;

-- ---- sql/procedures/audit_drop_triggers.sql
-- By their names: a table that was renamed has taken them along. Byte for byte, since to information_schema alone
-- the triggers of `cafe`, `Cafe` and `café` have one name.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_drop_triggers(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Drops the triggers of an audited table, wherever it was renamed to. Used by audit_disable'
BEGIN
  FOR t IN (SELECT t.TRIGGER_NAME AS n FROM information_schema.TRIGGERS AS t
             WHERE t.TRIGGER_SCHEMA = p_schema AND t.DEFINER = 'purser_definer@localhost'
               AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(p_table, 'INSERT'),
                     purser.audit_trigger_name(p_table, 'UPDATE'), purser.audit_trigger_name(p_table, 'DELETE')))
  DO
    EXECUTE IMMEDIATE CONCAT('DROP TRIGGER IF EXISTS `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(t.n, '`', '``'), '`');
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/audit_enable.sql
-- INVOKER: whoever audits a table needs TRIGGER on it, the right to grant on it, and to make triggers of another
-- definer. CREATE OR REPLACE: while a table is enabled anew there is no moment without a trigger.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_enable(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Audits a table: its changes go to audit_log, by triggers'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_options, v_needed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_sql, v_hashes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_new BOOLEAN;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    -- Half of it would look as if the table were audited.
    IF v_new THEN
      BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
        CALL purser.audit_drop_triggers(v_schema, v_table);
        CALL purser.audit_revoke(v_schema, v_table);
        DELETE FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table;
        COMMIT AND NO CHAIN NO RELEASE;
      END;
    END IF;
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  CALL purser.audit_check_table(p_schema, p_table, v_schema, v_table);
  CALL purser.triggers_lock(TRUE);
  CALL purser.audit_options(v_schema, v_table, p_columns, v_options);
  FOR t IN (SELECT t.TRIGGER_NAME AS n, t.EVENT_OBJECT_TABLE AS o FROM information_schema.TRIGGERS AS t
             WHERE t.TRIGGER_SCHEMA = v_schema AND t.EVENT_OBJECT_TABLE <> v_table
               AND t.TRIGGER_NAME COLLATE utf8mb3_bin IN (purser.audit_trigger_name(v_table, 'INSERT'),
                     purser.audit_trigger_name(v_table, 'UPDATE'), purser.audit_trigger_name(v_table, 'DELETE')))
  DO
    CALL purser.audit_refuse(CONCAT('p_table: the table ''', t.o, ''' has a trigger ', t.n,
      ' already: it was renamed while it was audited; CALL purser.audit_disable with its old name, and enable it under the new one'));
  END FOR;
  SET v_needed = JSON_MERGE_PRESERVE(JSON_EXTRACT(v_options, '$.columns'), JSON_EXTRACT(v_options, '$.key'), JSON_EXTRACT(v_options, '$.user'));

  SET v_new = NOT EXISTS (SELECT 1 FROM purser.audit_tables WHERE table_schema = v_schema AND table_name = v_table);
  -- Of the whole table: rights to columns would be looked up for each value of each row (a twentieth of its cost).
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT, TRIGGER ON `', REPLACE(v_schema, '`', '``'), '`.`', REPLACE(v_table, '`', '``'),
    '` TO `purser_definer`@`localhost`');
  -- First the row: if this is killed half way, audit_status tells the table as damaged.
  REPLACE INTO purser.audit_tables (table_schema, table_name, all_columns, columns, ignored, masked, key_columns, user_column,
                                    mask_salt, triggers, layout_hash, enabled_at, enabled_by)
  VALUES (v_schema, v_table, JSON_VALUE(v_options, '$.all'), JSON_EXTRACT(v_options, '$.columns'), JSON_EXTRACT(v_options, '$.ignored'),
          JSON_EXTRACT(v_options, '$.masked'), JSON_EXTRACT(v_options, '$.key'), JSON_VALUE(v_options, '$.user[0]'),
          JSON_VALUE(v_options, '$.salt'), '{}',
          purser.audit_layout_hash(JSON_EXTRACT(v_options, '$.layout'), IF(JSON_VALUE(v_options, '$.all'), NULL, v_needed)),
          UTC_TIMESTAMP(6), v_actor);
  -- The triggers keep this mode: none of it lets a value that has to be cut fail the application's statement.
  SET SESSION sql_mode = '';
  FOR o IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (
              name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    SET v_sql = purser.audit_trigger_sql(v_schema, v_table, o.name, v_options);
    EXECUTE IMMEDIATE v_sql;
    SET v_hashes = CONCAT(v_hashes, IF(v_hashes = '', '', ', '), '"', o.name, '": "',
      COALESCE(purser.audit_trigger_hash(v_schema, purser.audit_trigger_name(v_table, o.name)), ''), '"');
  END FOR;
  UPDATE purser.audit_tables SET triggers = CONCAT('{', v_hashes, '}') WHERE table_schema = v_schema AND table_name = v_table;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;

-- ---- sql/procedures/audit_job.sql
-- The answer comes from the daemon, which reads on its own connection: nothing of the caller's
-- transaction is seen by it, and no snapshot of the caller's by which the answer could be old.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_job(
  IN p_what LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Has the daemon do something with the audit log; the answer is its JSON. Used by audit_verify, audit_proof and the like'
BEGIN
  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'This cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('audit', JSON_OBJECT('wait', JSON_EXTRACT('true', '$')), USER(), p_what) USING utf8mb4)
    INTO p_answer;
  IF p_answer IS NULL OR NOT JSON_VALID(p_answer) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/audit_names.sql
-- No FOR: a list of a caller may be anything.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_names(
  IN p_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_list LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_option VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_names LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Names of columns as the table has them, or an error. Used by audit_enable'
BEGIN
  DECLARE v_name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_found VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE i INT UNSIGNED DEFAULT 0;

  SET p_names = '[]';
  IF COALESCE(JSON_TYPE(p_list), '') <> 'ARRAY' THEN
    CALL purser.audit_refuse(CONCAT('p_columns: "', p_option, '" has to be an array of names'));
  END IF;
  WHILE i < JSON_LENGTH(p_list) DO
    SET v_name = JSON_VALUE(p_list, CONCAT('$[', i, ']'));
    IF COALESCE(JSON_TYPE(JSON_EXTRACT(p_list, CONCAT('$[', i, ']'))), '') <> 'STRING' THEN
      CALL purser.audit_refuse(CONCAT('p_columns: "', p_option, '" has to be an array of names'));
    END IF;
    -- Names of columns differ in more than case.
    SET v_found = (SELECT c.n FROM JSON_TABLE(p_layout, '$[*]' COLUMNS (
                     n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c
                    WHERE LOWER(c.n) = LOWER(v_name) LIMIT 1);
    IF v_found IS NULL THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the table has no column ''', LEFT(v_name, 64), ''' that could be audited ("', p_option, '")'));
    ELSEIF JSON_CONTAINS(p_names, JSON_QUOTE(v_found)) THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the column ''', v_found, ''' is there twice ("', p_option, '")'));
    END IF;
    SET p_names = JSON_ARRAY_APPEND(p_names, '$', v_found);
    SET i = i + 1;
  END WHILE;
END//
DELIMITER ;

-- ---- sql/procedures/audit_options.sql
-- What is to be logged, and how; an error says what is wrong with it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_options(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_columns LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads p_columns of audit_enable'
BEGIN
  DECLARE v_given LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT TRIM(p_columns);
  DECLARE v_layout LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.audit_columns_json(p_schema, p_table);
  DECLARE v_only, v_ignore, v_mask, v_key, v_user, v_unknown, v_columns, v_ignored LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF v_given IS NULL THEN
    SET v_given = '{}';
  ELSEIF v_given NOT LIKE '{%' AND v_given NOT LIKE '[%' THEN
    -- status, payment_status
    SET v_given = REGEXP_REPLACE(REPLACE(JSON_QUOTE(v_given), ',', '","'), ' *" *', '"');
    SET v_given = CONCAT('[', v_given, ']');
  END IF;
  IF v_given LIKE '[%' THEN
    SET v_given = CONCAT('{"only": ', v_given, '}');
  END IF;
  IF NOT JSON_VALID(v_given) THEN
    CALL purser.audit_refuse('p_columns: neither NULL, nor a list ''status, payment_status'', nor a JSON array or object that is valid');
  END IF;
  SET v_unknown = JSON_KEYS(JSON_REMOVE(v_given, '$.only', '$.ignore', '$.mask', '$.key', '$.user'));
  IF JSON_LENGTH(v_unknown) > 0 THEN
    CALL purser.audit_refuse(CONCAT('p_columns: unknown are ', LEFT(v_unknown, 200), '; there are only, ignore, mask, key, user'));
  END IF;
  IF JSON_EXISTS(v_given, '$.only') AND JSON_EXISTS(v_given, '$.ignore') THEN
    CALL purser.audit_refuse('p_columns: give "only" or "ignore", not both');
  END IF;

  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.only'), '[]'), 'only', v_only);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.ignore'), '[]'), 'ignore', v_ignore);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.mask'), '[]'), 'mask', v_mask);
  CALL purser.audit_names(v_layout, COALESCE(JSON_EXTRACT(v_given, '$.key'), purser.audit_key_json(p_schema, p_table)), 'key', v_key);
  IF JSON_TYPE(JSON_EXTRACT(v_given, '$.user')) = 'NULL' THEN
    SET v_user = '[]';
  ELSEIF JSON_EXISTS(v_given, '$.user') AND JSON_TYPE(JSON_EXTRACT(v_given, '$.user')) <> 'STRING' THEN
    CALL purser.audit_refuse('p_columns: "user" has to be the name of a column, or null for none');
  ELSEIF JSON_EXISTS(v_given, '$.user') THEN
    CALL purser.audit_names(v_layout, JSON_ARRAY(JSON_EXTRACT(v_given, '$.user')), 'user', v_user);
  ELSE
    SET v_user = COALESCE((SELECT JSON_ARRAY(c.n) FROM JSON_TABLE(v_layout, '$[*]' COLUMNS (
                             n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c
                            WHERE LOWER(c.n) = 'user_id' AND NOT JSON_CONTAINS(v_mask, JSON_QUOTE(c.n))), '[]');
  END IF;

  SET v_columns = '[]', v_ignored = '[]';
  FOR c IN (SELECT c.n FROM JSON_TABLE(v_layout, '$[*]' COLUMNS (at FOR ORDINALITY,
              n VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.n')) AS c ORDER BY c.at)
  DO
    IF IF(JSON_EXISTS(v_given, '$.only'), JSON_CONTAINS(v_only, JSON_QUOTE(c.n)), NOT JSON_CONTAINS(v_ignore, JSON_QUOTE(c.n))) THEN
      SET v_columns = JSON_ARRAY_APPEND(v_columns, '$', c.n);
    ELSE
      SET v_ignored = JSON_ARRAY_APPEND(v_ignored, '$', c.n);
      IF JSON_CONTAINS(v_mask, JSON_QUOTE(c.n)) THEN
        CALL purser.audit_refuse(CONCAT('p_columns: the column ''', c.n, ''' is in "mask", and not among those that are logged'));
      END IF;
    END IF;
    IF JSON_CONTAINS(v_mask, JSON_QUOTE(c.n)) AND (JSON_CONTAINS(v_key, JSON_QUOTE(c.n)) OR JSON_CONTAINS(v_user, JSON_QUOTE(c.n))) THEN
      CALL purser.audit_refuse(CONCAT('p_columns: the column ''', c.n,
        ''' is in "mask", and record_id or user_id would show it: give another "key" or "user"'));
    END IF;
  END FOR;
  IF JSON_LENGTH(v_columns) = 0 THEN
    CALL purser.audit_refuse('p_columns: no column is left to log');
  ELSEIF JSON_LENGTH(v_key) = 0 THEN
    CALL purser.audit_refuse(CONCAT('p_table: ''', p_schema, '.', p_table, ''' has no primary key and no unique key without NULL; ',
      'say in p_columns which columns tell its rows apart: {"key": ["…"]}'));
  END IF;
  SET p_options = JSON_OBJECT('layout', JSON_EXTRACT(v_layout, '$'), 'columns', JSON_EXTRACT(v_columns, '$'),
    'ignored', JSON_EXTRACT(v_ignored, '$'), 'masked', JSON_EXTRACT(v_mask, '$'), 'key', JSON_EXTRACT(v_key, '$'),
    'user', JSON_EXTRACT(v_user, '$'), 'all', NOT JSON_EXISTS(v_given, '$.only'),
    'salt', COALESCE((SELECT a.mask_salt FROM purser.audit_tables AS a WHERE a.table_schema = p_schema AND a.table_name = p_table),
                     LOWER(HEX(RANDOM_BYTES(16)))));
END//
DELIMITER ;

-- ---- sql/procedures/audit_proof.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_proof(IN p_id BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Answers with a proof, one JSON text, that a row of the audit log is in the tree that the last seal signed'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  IF p_id IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_id is NULL: give the id of a row of purser.audit_log';
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'proof', 'id', CAST(p_id AS CHAR)), v_answer);
  SELECT v_answer AS proof;
END//
DELIMITER ;

-- ---- sql/procedures/audit_prune.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_prune(
  IN p_before DATETIME(6),
  IN p_reason VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Deletes the rows of the audit log from before a moment (UTC); a seal says so for ever, and all proofs stay valid'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_before IS NULL OR TO_DAYS(p_before) IS NULL THEN
    SET v_why = 'p_before is not a moment: give a DATETIME in UTC; older rows go';
  ELSEIF p_before > UTC_TIMESTAMP(6) THEN
    SET v_why = CONCAT('p_before lies in the future: ', p_before, ' (it is in UTC)');
  ELSEIF REGEXP_REPLACE(COALESCE(p_reason, ''), '[[:space:]]', '') = '' THEN
    SET v_why = 'p_reason must say why the rows go; the seal keeps it';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.audit_job(JSON_OBJECT('do', 'prune', 'before', CAST(p_before AS CHAR), 'reason', p_reason), v_answer);
  SELECT a.rows_deleted, a.pruned_to, a.seal
    FROM JSON_TABLE(v_answer, '$' COLUMNS (
           rows_deleted BIGINT UNSIGNED PATH '$.rows',
           pruned_to    BIGINT UNSIGNED PATH '$.pruned_to',
           seal         BIGINT UNSIGNED PATH '$.seal')) AS a;
END//
DELIMITER ;

-- ---- sql/procedures/audit_refuse.sql
-- A message of SIGNAL has to be a variable, and 512 characters at most.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_refuse(
  IN p_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Raises an error. Used by audit_enable'
BEGIN
  SET p_why = LEFT(p_why, 512);
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = p_why;
END//
DELIMITER ;

-- ---- sql/procedures/audit_revoke.sql
-- Where grant or table are gone already, nothing is left to take; a table that is counted (map_usage) needs them on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_revoke(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes from the definer its rights to a table that is audited no more. Used by audit_disable'
BEGIN
  DECLARE EXIT HANDLER FOR 1049, 1141, 1146, 1147 BEGIN END;
  IF NOT (SELECT value FROM purser.settings WHERE name = 'usage_table') <=> JSON_ARRAY(p_schema, p_table) THEN
    EXECUTE IMMEDIATE CONCAT('REVOKE SELECT, TRIGGER ON `', REPLACE(p_schema, '`', '``'), '`.`', REPLACE(p_table, '`', '``'),
      '` FROM `purser_definer`@`localhost`');
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/audit_status.sql
-- INVOKER: whoever does not see the triggers of a table is told that they are missing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_status()
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Which tables are audited, how, and whether their triggers are as they were made; and how the sealing stands'
BEGIN
  DECLARE v_seconds, v_state TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  BEGIN
    -- Without the library, or without the right to it, sealing does not run for all that one can tell.
    DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
    SET v_seconds = CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4);
    SET v_state = (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'PURSER_WORKER_STATE');
  END;
  SELECT a.table_schema, a.table_name, purser.audit_state(a.table_schema, a.table_name) AS state, a.columns, a.ignored, a.masked,
         a.key_columns, a.user_column, a.enabled_at, a.enabled_by
    FROM purser.audit_tables AS a ORDER BY a.table_schema, a.table_name;

  SELECT CASE WHEN v_seconds IS NULL OR v_state <> 'ready' THEN 'not running'
              WHEN v_seconds = '0' THEN 'off'
              ELSE CONCAT('every ', v_seconds, ' s') END AS sealing,
         COALESCE(s.id, 0) AS seals, COALESCE(s.tree_size, 0) AS tree_size, s.sealed_at,
         s.checkpoint LIKE '%\n— %' AS is_signed,
         (SELECT COUNT(*) FROM (SELECT 1 FROM purser.audit_log AS l
                                 WHERE l.id > COALESCE((SELECT closed_to FROM purser.audit_seals ORDER BY id DESC LIMIT 1), 0)
                                 LIMIT 100001) AS o) AS open_rows,
         COALESCE(s.pruned_to, 0) AS pruned_to,
         (SELECT last_error FROM purser.jobs WHERE name = 'audit') AS last_error
    FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM purser.audit_seals ORDER BY id DESC LIMIT 1) AS s ON TRUE;
END//
DELIMITER ;

-- ---- sql/procedures/audit_verified.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verified(
  IN p_checkpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Has the log verified and shows what was found. Used by audit_verify and audit_verify_checkpoint'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  CALL purser.audit_job(JSON_OBJECT('do', 'verify', 'checkpoint', p_checkpoint), v_answer);
  SELECT s.verdict, s.findings, s.tree_size, s.root, s.seals, s.signed_by, s.unsigned_seals, s.rows_verified,
         s.rows_unsealed, s.rows_pruned, s.rows_late, s.outside
    FROM JSON_TABLE(v_answer, '$.summary' COLUMNS (
           verdict        VARCHAR(16)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.verdict',
           findings       BIGINT UNSIGNED PATH '$.findings',
           tree_size      BIGINT UNSIGNED PATH '$.tree_size',
           root           CHAR(64)     CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.root',
           seals          BIGINT UNSIGNED PATH '$.seals',
           signed_by      VARCHAR(512) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.signed_by',
           unsigned_seals BIGINT UNSIGNED PATH '$.unsigned_seals',
           rows_verified  BIGINT UNSIGNED PATH '$.rows_verified',
           rows_unsealed  BIGINT UNSIGNED PATH '$.rows_unsealed',
           rows_pruned    BIGINT UNSIGNED PATH '$.rows_pruned',
           rows_late      BIGINT UNSIGNED PATH '$.rows_late',
           outside        VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outside')) AS s;
  SELECT f.finding, f.first_id, f.last_id, f.seal, f.rows_concerned, f.detail
    FROM JSON_TABLE(v_answer, '$.findings[*]' COLUMNS (
           position       FOR ORDINALITY,
           finding        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.finding',
           first_id       BIGINT UNSIGNED PATH '$.first_id',
           last_id        BIGINT UNSIGNED PATH '$.last_id',
           seal           BIGINT UNSIGNED PATH '$.seal',
           rows_concerned BIGINT UNSIGNED PATH '$.rows',
           detail         VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.detail')) AS f
   ORDER BY f.position;
END//
DELIMITER ;

-- ---- sql/procedures/audit_verify.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verify()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Verifies the audit log, its seals and its tree, and the checkpoints in purser_audit_checkpoint_file; answers with a summary and the findings'
BEGIN
  CALL purser.audit_verified(NULL);
END//
DELIMITER ;

-- ---- sql/procedures/audit_verify_checkpoint.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.audit_verify_checkpoint(
  IN p_checkpoint LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Verifies the audit log, and that it goes on from a checkpoint that was kept outside; answers with a summary and the findings'
BEGIN
  IF COALESCE(p_checkpoint, '') = '' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_checkpoint is missing: give the checkpoint of a seal that you kept; without one CALL purser.audit_verify()';
  END IF;
  -- As a mail program may have kept it.
  CALL purser.audit_verified(REPLACE(p_checkpoint, '\r\n', '\n'));
END//
DELIMITER ;

-- ---- sql/procedures/batch_check_order.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_check_order(
  IN p_order_id BIGINT UNSIGNED,
  IN p_items LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of batch_insert_order_items: locks the order and the gadgets of its lines; an error where one is not there'
BEGIN
  DECLARE v_there, v_unknown INT UNSIGNED DEFAULT 0;
  DECLARE v_element INT UNSIGNED DEFAULT NULL;
  DECLARE v_ids, v_why TEXT CHARACTER SET utf8mb4;

  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT FOR
  SELECT COUNT(1) INTO v_there FROM purser.app_payments WHERE order_id = p_order_id LOCK IN SHARE MODE;
  IF v_there = 0 THEN
    SET v_why = CONCAT('p_order_id: there is no order ', p_order_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  SELECT MIN(j.n) INTO v_element
    FROM JSON_TABLE(p_items, '$[*]' COLUMNS (n FOR ORDINALITY, order_id BIGINT UNSIGNED PATH '$.order_id')) AS j
   WHERE j.order_id <> p_order_id;
  IF v_element IS NOT NULL THEN
    SET v_why = CONCAT('element ', v_element, ': order_id is not ', p_order_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- Other types (user_gadget) have ids of other tables.
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1048576 FOR
  SELECT COUNT(1), MIN(j.n), GROUP_CONCAT(j.id ORDER BY j.id SEPARATOR ', ' LIMIT 10)
    INTO v_unknown, v_element, v_ids
    FROM (SELECT i.id, MIN(i.n) AS n
            FROM JSON_TABLE(p_items, '$[*]' COLUMNS (
                   n FOR ORDINALITY, id BIGINT UNSIGNED PATH '$.gadget_id',
                   item_type VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.item_type')) AS i
           WHERE i.item_type = 'admin_gadget'
           GROUP BY i.id ORDER BY i.id LIMIT 18446744073709551615) AS j
    LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
   WHERE g.gadget_id IS NULL
    LOCK IN SHARE MODE;
  IF v_unknown > 0 THEN
    SET v_why = CONCAT('element ', v_element, ': there is no such gadget; unknown ids, ', v_unknown, ' in all: ',
      v_ids, IF(v_unknown > 10, ', …', ''));
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/batch_insert_order_items.sql
-- INVOKER: with the caller's own rights on the shop. The order and its gadgets are locked, the gadgets in
-- the order of their ids, so that none of them is deleted meanwhile. No function of purser.so is in a
-- statement that writes: a replica may not have it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_insert_order_items(
  IN p_order_id BIGINT UNSIGNED,
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Inserts the lines of an order, with defaults and checked totals: all or nothing'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_answer, v_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count INT UNSIGNED DEFAULT 0;
  DECLARE v_total, v_total_gbp DECIMAL(30,2) DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_insert_order_items;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_order_id IS NULL OR p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_order_id and p_json must not be NULL';
  END IF;
  SET v_batch = CONVERT(purser_order_items_batch(p_json) USING utf8mb4);
  SET v_items = v_batch;
  IF LEFT(v_batch, 1) = '{' THEN
    SET v_items = purser.batch_items(v_batch);
    SET v_key = JSON_VALUE(v_batch, '$.idempotency_key');
  END IF;
  -- A client that is sent more loses its connection, and does not know that the lines are there.
  IF LENGTH(v_items) + 256 > @@max_allowed_packet THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  END IF;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_insert_order_items;
    SET v_saved = TRUE;
  END IF;
  IF v_key IS NOT NULL THEN
    CALL purser.batch_key('batch_insert_order_items', v_key, CONCAT(p_order_id, ' ', v_batch), v_answer);
  END IF;
  IF v_answer IS NULL THEN
    CALL purser.batch_check_order(p_order_id, v_items);
    INSERT INTO purser.app_order_items (order_id, gadget_id, variant_id, item_type, storage, quantity,
             unit_price, unit_price_gbp, total_price, total_price_gbp)
    SELECT p_order_id, j.gadget_id, j.variant_id, j.item_type, j.storage, j.quantity,
           j.unit_price, j.unit_price_gbp, j.total_price, j.total_price_gbp
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             n FOR ORDINALITY,
             gadget_id BIGINT UNSIGNED PATH '$.gadget_id', variant_id BIGINT UNSIGNED PATH '$.variant_id',
             item_type VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.item_type',
             storage VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.storage',
             quantity INT PATH '$.quantity',
             unit_price DECIMAL(14,2) PATH '$.unit_price', unit_price_gbp DECIMAL(14,2) PATH '$.unit_price_gbp',
             total_price DECIMAL(14,2) PATH '$.total_price', total_price_gbp DECIMAL(14,2) PATH '$.total_price_gbp')) AS j
     ORDER BY j.n;
    SET v_count = ROW_COUNT();
    SELECT COALESCE(SUM(j.total_price), 0), COALESCE(SUM(j.total_price_gbp), 0) INTO v_total, v_total_gbp
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             total_price DECIMAL(14,2) PATH '$.total_price', total_price_gbp DECIMAL(14,2) PATH '$.total_price_gbp')) AS j;
    SET v_summary = CONCAT('{"order_id":', p_order_id, ',"inserted":', v_count,
      ',"total_price":', v_total, ',"total_price_gbp":', v_total_gbp, '}');
    IF v_key IS NOT NULL THEN
      CALL purser.batch_key_done('batch_insert_order_items', v_key, v_summary, v_items);
    END IF;
  ELSE
    SET v_summary = v_answer;
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_insert_order_items;
  END IF;
  SELECT CAST(JSON_VALUE(v_summary, '$.order_id') AS UNSIGNED) AS order_id,
         CAST(JSON_VALUE(v_summary, '$.inserted') AS UNSIGNED) AS inserted,
         CAST(JSON_VALUE(v_summary, '$.total_price') AS DECIMAL(30,2)) AS total_price,
         CAST(JSON_VALUE(v_summary, '$.total_price_gbp') AS DECIMAL(30,2)) AS total_price_gbp,
         v_answer IS NOT NULL AS replayed, v_items AS results;
END//
DELIMITER ;

-- ---- sql/procedures/batch_key.sql
-- INVOKER, in the transaction of the batch. A second call with the same key waits here until the
-- first one's transaction has ended. What is written comes from variables: a statement that goes into
-- the binary log as text then has their values in it, and no function that is unsafe there.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_key(
  IN p_routine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_batch LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: takes an idempotency key; p_answer is what an earlier call with it answered, or NULL'
BEGIN
  DECLARE v_hash CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT SHA2(p_batch, 256);
  DECLARE v_former CHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_user VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_taken BOOLEAN DEFAULT FALSE;

  SET p_answer = NULL;
  BEGIN
    DECLARE CONTINUE HANDLER FOR 1062 SET v_taken = TRUE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.batch_keys (routine, idempotency_key, batch_hash, requested_by, created_at)
    VALUES (p_routine, p_key, v_hash, v_user, UTC_TIMESTAMP(6));
  END;
  IF v_taken THEN
    -- the newest version of the row, whatever this transaction has seen before
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT batch_hash, answer INTO v_former, p_answer
      FROM purser.batch_keys WHERE routine = p_routine AND idempotency_key = p_key LOCK IN SHARE MODE;
    IF v_former <> v_hash THEN
      SET v_why = CONCAT('idempotency_key ', QUOTE(p_key), ' was used for another batch already');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/batch_key_done.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_key_done(
  IN p_routine VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: keeps what was answered for calls with the same key'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
    DEFAULT CONCAT(LEFT(p_summary, CHAR_LENGTH(p_summary) - 1), ',"results":', p_results, '}');
  UPDATE purser.batch_keys SET answer = v_answer WHERE routine = p_routine AND idempotency_key = p_key;
END//
DELIMITER ;

-- ---- sql/procedures/batch_refuse.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_refuse(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_unknown INT UNSIGNED, IN p_below INT UNSIGNED, IN p_over INT UNSIGNED)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the batch procedures: raises an error that names the element, where one of the counts is not 0'
BEGIN
  DECLARE v_outcome VARCHAR(16) CHARACTER SET latin1;
  DECLARE v_gadget, v_user BIGINT UNSIGNED;
  DECLARE v_ids TEXT CHARACTER SET utf8mb4;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_results IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  ELSEIF p_unknown + p_below + p_over > 0 THEN
    SET v_outcome = IF(p_unknown > 0, 'unknown', IF(p_over > 0, 'overflow', 'clamped'));
    SET STATEMENT group_concat_max_len = 1048576 FOR
    SELECT MIN(j.g), MIN(j.u), GROUP_CONCAT(COALESCE(j.g, j.u) ORDER BY COALESCE(j.g, j.u) SEPARATOR ', ' LIMIT 10)
      INTO v_gadget, v_user, v_ids
      FROM JSON_TABLE(p_results, '$[*]' COLUMNS (
             g BIGINT UNSIGNED PATH '$.gadget_id', u BIGINT UNSIGNED PATH '$.user_id',
             outcome VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
     WHERE j.outcome = v_outcome;
    -- names that are written with escapes are not found: then without the number
    SET v_why = CONCAT(COALESCE(CONCAT('element ', purser.batch_element(p_json, COALESCE(v_gadget, v_user)), ': '), ''),
      CASE v_outcome WHEN 'unknown' THEN CONCAT('there is no ', IF(v_user IS NULL, 'gadget ', 'user '), COALESCE(v_gadget, v_user))
                     WHEN 'overflow' THEN CONCAT('gadget ', v_gadget, ' would have more than 2147483647 pieces')
                     ELSE CONCAT('gadget ', v_gadget, ' would go below 0, which the policy reject forbids') END,
      '; ', p_unknown + p_below + p_over, ' in all: ', v_ids, IF(p_unknown + p_below + p_over > 10, ', …', ''));
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/batch_update_stock.sql
-- INVOKER: with the caller's own rights on the shop. The batch is sorted by id, so each statement reads
-- it, and locks the gadgets, in the order of their ids. No function of purser.so is in a statement that
-- writes: a replica may not have it. Of tables with system versioning the rows of now are meant,
-- whatever rows the session looks at (system_versioning_asof).
-- There is no join buffer (join_cache_level): through one MariaDB 11 reads a small table as a whole, and locks
-- all of it.
--
-- A plain batch (quantities of 0 and more, no results asked for) is one statement, which counts the gadgets
-- that it finds in a user variable: what it writes does not depend on that. For any other, a first statement
-- locks the gadgets and says what becomes of each, and a second writes that.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_update_stock(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Sets or changes the stock of many gadgets: all or nothing, never below zero'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_results, v_answer, v_summary LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_policy VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'clamp';
  DECLARE v_unknown VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'reject';
  DECLARE v_key VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_skip, v_plain, v_all BOOLEAN DEFAULT FALSE;
  DECLARE v_count, v_known, v_below, v_over, v_updated INT UNSIGNED DEFAULT 0;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_update_stock;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_json is NULL: give a JSON array of {"gadget_id", "new_quantity" or "delta"}';
  END IF;
  SET v_items = CONVERT(purser_stock_batch(p_json, 'rows') USING utf8mb4);
  IF p_json NOT LIKE '[%' THEN
    SET v_batch = CONVERT(purser_stock_batch(p_json) USING utf8mb4);
    IF LEFT(v_batch, 1) = '{' THEN
      SET v_policy = JSON_VALUE(v_batch, '$.policy'), v_unknown = JSON_VALUE(v_batch, '$.unknown'),
          v_all = JSON_VALUE(v_batch, '$.results') = 'all', v_key = JSON_VALUE(v_batch, '$.idempotency_key');
    END IF;
  END IF;
  SET v_skip = v_policy = 'skip';
  -- a delta is behind a null, and what is below zero has its sign behind a comma
  SET v_plain = NOT v_all AND LOCATE(',n', CAST(v_items AS BINARY)) = 0
                AND LOCATE(',-', CAST(v_items AS BINARY)) = 0;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_update_stock;
    SET v_saved = TRUE;
  END IF;
  -- Of an UPDATE of several tables the server does not ask for the caller's rights to the columns behind the
  -- view; of this one, which changes nothing, it does.
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0 FOR
  UPDATE purser.app_gadgets SET stock_quantity = stock_quantity, in_stock = in_stock WHERE FALSE;
  IF v_key IS NOT NULL THEN
    CALL purser.batch_key('batch_update_stock', v_key, v_batch, v_answer);
  END IF;
  IF v_answer IS NULL THEN
    BEGIN
      DECLARE EXIT HANDLER FOR 1260, 1301
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
      IF v_plain THEN
        SET @purser_batch_known = 0;
        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
        UPDATE JSON_TABLE(v_items, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$[0]', q INT PATH '$[1]')) AS j
               STRAIGHT_JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           SET g.stock_quantity = j.q, g.in_stock = j.q > 0
         -- only what changes is written, so that ROW_COUNT() is the same for clients that count what was found
         WHERE IF((@purser_batch_known := @purser_batch_known + (g.gadget_id = j.id)) > 0,
                  NOT (g.stock_quantity <=> j.q AND g.in_stock <=> (j.q > 0)), FALSE);
        SET v_updated = ROW_COUNT(), v_known = @purser_batch_known, v_count = JSON_LENGTH(v_items);
        SET @purser_batch_known = NULL, v_results = '[]';
        IF v_known < v_count THEN
          SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
          SELECT CONCAT('[', GROUP_CONCAT('{"gadget_id":', j.id,
                   ',"old_quantity":null,"new_quantity":null,"outcome":"unknown"}'), ']')
            INTO v_results
            FROM JSON_TABLE(v_items, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[0]')) AS j
            LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           WHERE g.gadget_id IS NULL
            LOCK IN SHARE MODE;
          CALL purser.batch_refuse(p_json, v_results, IF(v_unknown = 'reject', v_count - v_known, 0), 0, 0);
        END IF;
      ELSE
        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
        SELECT COUNT(1), COUNT(g.gadget_id),
               COUNT(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) < 0 AND g.gadget_id IS NOT NULL OR NULL),
               COUNT(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) > 2147483647 OR NULL),
               GROUP_CONCAT('{"gadget_id":', j.id, ',"old_quantity":', COALESCE(g.stock_quantity, 'null'),
                 CASE WHEN g.gadget_id IS NULL THEN ',"new_quantity":null,"outcome":"unknown"}'
                      WHEN COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) < 0
                      THEN IF(v_skip, CONCAT(',"new_quantity":', g.stock_quantity, ',"outcome":"skipped"}'),
                                      ',"new_quantity":0,"outcome":"clamped"}')
                      WHEN COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) > 2147483647
                      THEN ',"new_quantity":null,"outcome":"overflow"}'
                      ELSE CONCAT(',"new_quantity":', COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d),
                        IF(COALESCE(j.q, CAST(g.stock_quantity AS SIGNED) + j.d) = g.stock_quantity
                           AND g.in_stock <=> (g.stock_quantity > 0),
                           ',"outcome":"unchanged"}', ',"outcome":"updated"}')) END)
          INTO v_count, v_known, v_below, v_over, v_results
          FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$[0]', q INT PATH '$[1]', d INT PATH '$[2]')) AS j
          LEFT JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           FOR UPDATE;
        SET v_results = CONCAT('[', COALESCE(v_results, ''), ']');
        CALL purser.batch_refuse(p_json, v_results,
          IF(v_unknown = 'reject', v_count - v_known, 0), IF(v_policy = 'reject', v_below, 0), v_over);

        SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
        UPDATE JSON_TABLE(v_results, '$[*]' COLUMNS (
                 id BIGINT UNSIGNED PATH '$.gadget_id', q INT PATH '$.new_quantity',
                 o VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
               STRAIGHT_JOIN purser.app_gadgets AS g ON g.gadget_id = j.id
           SET g.stock_quantity = j.q, g.in_stock = j.q > 0
         WHERE j.o IN ('updated', 'clamped') AND NOT (g.stock_quantity <=> j.q AND g.in_stock <=> (j.q > 0));
        SET v_updated = ROW_COUNT();
      END IF;
      IF v_known < v_count THEN
        SET v_ids = purser.batch_unknown(v_results);
      END IF;
      -- A client that is sent more loses its connection, and does not know what has become of its batch.
      IF LENGTH(v_results) + LENGTH(v_ids) + 256 > @@max_allowed_packet THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
      END IF;
    END;
    SET v_summary = CONCAT('{"items":', v_count, ',"updated":', v_updated,
      ',"unchanged":', v_known - v_updated - IF(v_skip, v_below, 0),
      ',"clamped":', IF(v_skip, 0, v_below), ',"skipped":', IF(v_skip, v_below, 0),
      ',"unknown":', v_count - v_known, ',"unknown_ids":', v_ids, '}');
    IF v_key IS NOT NULL THEN
      CALL purser.batch_key_done('batch_update_stock', v_key, v_summary, v_results);
    END IF;
  ELSE
    SET v_summary = v_answer, v_results = JSON_QUERY(v_answer, '$.results');
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_update_stock;
  END IF;
  SELECT CAST(JSON_VALUE(v_summary, '$.items') AS UNSIGNED) AS items,
         CAST(JSON_VALUE(v_summary, '$.updated') AS UNSIGNED) AS updated,
         CAST(JSON_VALUE(v_summary, '$.unchanged') AS UNSIGNED) AS unchanged,
         CAST(JSON_VALUE(v_summary, '$.clamped') AS UNSIGNED) AS clamped,
         CAST(JSON_VALUE(v_summary, '$.skipped') AS UNSIGNED) AS skipped,
         CAST(JSON_VALUE(v_summary, '$.unknown') AS UNSIGNED) AS unknown,
         JSON_QUERY(v_summary, '$.unknown_ids') AS unknown_ids,
         v_answer IS NOT NULL AS replayed, v_results AS results;
END//
DELIMITER ;

-- ---- sql/procedures/batch_update_subscriptions.sql
-- INVOKER: with the caller's own rights on the shop; as batch_update_stock.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.batch_update_subscriptions(
  IN p_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Sets the state of many subscriptions: all or nothing'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_saved BOOLEAN DEFAULT FALSE;
  DECLARE v_batch, v_items, v_results LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_unknown VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'reject';
  DECLARE v_count, v_known, v_updated INT UNSIGNED DEFAULT 0;
  DECLARE v_ids LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    ELSEIF v_saved THEN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_batch_update_subscriptions;
      END;
    END IF;
    RESIGNAL;
  END;

  IF p_json IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_json is NULL: give a JSON array of {"user_id", "status"}';
  END IF;
  SET v_batch = CONVERT(purser_subscriptions_batch(p_json) USING utf8mb4);
  SET v_items = v_batch;
  IF LEFT(v_batch, 1) = '{' THEN
    SET v_items = purser.batch_items(v_batch);
    SET v_unknown = JSON_VALUE(v_batch, '$.unknown');
  END IF;

  IF v_own THEN
    START TRANSACTION;
  ELSE
    SAVEPOINT purser_batch_update_subscriptions;
    SET v_saved = TRUE;
  END IF;
  -- asks for the caller's rights to the columns, as in batch_update_stock
  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0 FOR
  UPDATE purser.app_users SET subscription_status = subscription_status, subscription_active = subscription_active WHERE FALSE;
  BEGIN
    DECLARE EXIT HANDLER FOR 1260, 1301
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
    SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, group_concat_max_len = 1073741824, join_cache_level = 0 FOR
    SELECT COUNT(1), COUNT(u.user_id),
           GROUP_CONCAT('{"user_id":', j.id,
             ',"old_status":', COALESCE(JSON_QUOTE(CONVERT(u.subscription_status USING utf8mb4)), 'null'),
             ',"new_status":', IF(u.user_id IS NULL OR j.s IS NULL, 'null', CONCAT('"', j.s, '"')),
             ',"outcome":', CASE WHEN u.user_id IS NULL THEN '"unknown"}'
                                 WHEN CONVERT(u.subscription_status USING utf8mb4) COLLATE utf8mb4_bin <=> j.s
                                      AND u.subscription_active <=> (COALESCE(j.s, '') IN ('active', 'past_due'))
                                 THEN '"unchanged"}'
                                 ELSE '"updated"}' END)
      INTO v_count, v_known, v_results
      FROM JSON_TABLE(v_items, '$[*]' COLUMNS (
             id BIGINT UNSIGNED PATH '$.user_id',
             s VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.status')) AS j
      LEFT JOIN purser.app_users AS u ON u.user_id = j.id
       FOR UPDATE;
    SET v_results = CONCAT('[', COALESCE(v_results, ''), ']');
  END;
  CALL purser.batch_refuse(p_json, v_results, IF(v_unknown = 'reject', v_count - v_known, 0), 0, 0);

  SET STATEMENT innodb_snapshot_isolation = 0, system_versioning_asof = DEFAULT, sql_safe_updates = 0, join_cache_level = 0 FOR
  UPDATE JSON_TABLE(v_results, '$[*]' COLUMNS (
           id BIGINT UNSIGNED PATH '$.user_id',
           s VARCHAR(32) CHARACTER SET utf8mb4 PATH '$.new_status',
           o VARCHAR(16) CHARACTER SET latin1 PATH '$.outcome')) AS j
         STRAIGHT_JOIN purser.app_users AS u ON u.user_id = j.id
     SET u.subscription_status = j.s, u.subscription_active = COALESCE(j.s, '') IN ('active', 'past_due')
   WHERE j.o = 'updated';
  SET v_updated = ROW_COUNT();
  IF v_known < v_count THEN
    SET v_ids = purser.batch_unknown(v_results);
  END IF;
  -- as in batch_update_stock
  IF LENGTH(v_results) + LENGTH(v_ids) + 256 > @@max_allowed_packet THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'The results are longer than max_allowed_packet: give the batch in parts';
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_batch_update_subscriptions;
  END IF;
  SELECT v_count AS items, v_updated AS updated, v_known - v_updated AS unchanged, v_count - v_known AS unknown,
         v_ids AS unknown_ids, v_results AS results;
END//
DELIMITER ;

-- ---- sql/procedures/check_app.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the schema of a shop and raises an error that names the tables and columns it lacks. Used by map_app'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_missing TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SET p_name = (SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
                 WHERE SCHEMA_NAME = p_schema
                    OR (@@lower_case_table_names <> 0 AND LOWER(SCHEMA_NAME) = LOWER(p_schema))
                 LIMIT 1);
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_schema: there is no schema ', COALESCE(CONCAT('''', p_schema, ''''), 'NULL'),
      ', or this account sees nothing of it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF LOWER(p_name) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET v_why = CONCAT('p_schema: ', p_name, ' is not the schema of a shop');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  FOR need IN (
    SELECT n.tab, n.col, t.TABLE_NAME IS NULL AS no_table
      FROM JSON_TABLE('[{"t":"orders","c":["id","provider","external_tx_ref","total_amount","total_amount_gbp","currency","status","payment_status","created_at"]},
                        {"t":"order_items","c":["order_id","gadget_id","variant_id","item_type","storage","quantity","unit_price","unit_price_gbp","total_price","total_price_gbp"]},
                        {"t":"gadgets","c":["id","stock_quantity","in_stock"]},
                        {"t":"users","c":["id","subscription_status","subscription_active","subscription_renewal_date"]},
                        {"t":"installment_plans","c":["order_id"]}]',
             '$[*]' COLUMNS (
               at FOR ORDINALITY,
               tab VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.t',
               NESTED PATH '$.c[*]' COLUMNS (
                 pos FOR ORDINALITY,
                 col VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$'))) AS n
      LEFT JOIN information_schema.TABLES AS t ON t.TABLE_SCHEMA = p_name AND t.TABLE_NAME = n.tab
      LEFT JOIN information_schema.COLUMNS AS c
        ON c.TABLE_SCHEMA = p_name AND c.TABLE_NAME = n.tab AND c.COLUMN_NAME = n.col
     WHERE c.COLUMN_NAME IS NULL AND (t.TABLE_NAME IS NOT NULL OR n.pos = 1)
     ORDER BY n.at, n.pos)
  DO
    SET v_missing = CONCAT(v_missing, IF(v_missing = '', '', ', '),
      IF(need.no_table, CONCAT('table ', need.tab), CONCAT('column ', need.tab, '.', need.col)));
  END FOR;
  IF v_missing <> '' THEN
    SET v_why = LEFT(CONCAT('Schema ''', p_name, ''' lacks, or hides from this account: ', v_missing), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/check_constraints.sql
-- INVOKER: it reads with the caller's own rights, and changes nothing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Says of each rule of constraint_rules whether it is in force in a shop, and which rows break it'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';

  CALL purser.constraint_schema(p_schema, FALSE, v_schema);
  FOR r IN (SELECT name FROM purser.constraint_rules ORDER BY name)
  DO
    SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_check_rule(v_schema, r.name, v_rows);
  END FOR;
  SELECT j.rule_name, j.table_name, j.kind, j.in_force, j.constraint_name, j.violations, j.first_keys, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.kind',
           in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.in_force',
           constraint_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           violations BIGINT UNSIGNED PATH '$.violations',
           first_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.keys',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/check_health.sql
-- Answered by the daemon's memory: no table of the caller's, locked or not, has a part in it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_health()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Looks at everything anew (but CHECK TABLE), waits, and answers with a row for each check'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SELECT CONVERT(purser_job('health', JSON_OBJECT('wait', JSON_EXTRACT('true', '$')), USER(), NULL) USING utf8mb4)
    INTO v_answer;
  SELECT j.name, j.service, j.level, j.raw, j.value, j.unit, j.message, CAST(j.duration_us * 0.001 AS DECIMAL(12,3)) AS duration_ms, j.checked_at
    FROM JSON_TABLE(v_answer, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           name        VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           service     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.service',
           level       VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.level',
           raw         VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.raw',
           value       DOUBLE PATH '$.value',
           unit        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.unit',
           message     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message',
           duration_us BIGINT PATH '$.duration_us',
           checked_at  DATETIME(6) PATH '$.checked_at')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/check_usage_alerts.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.check_usage_alerts()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Looks at the usage of the clients and writes the alerts and mails that follow; the worker does it by itself'
BEGIN
  DECLARE v_looked, v_alerts, v_clients, v_owed BIGINT DEFAULT 0;

  SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR CALL purser.usage_check(NULL, v_looked, v_alerts);
  -- SELECT … INTO, as SET would lock each of them.
  SELECT COUNT(*) INTO v_clients FROM purser.clients FORCE INDEX (by_package) WHERE status = 'active';
  SET v_owed = purser.usage_owed();
  SELECT CONCAT('Usage alerts checked for ', v_clients, ' clients, ', v_alerts, ' alerts sent') AS message,
         IF(v_owed = 0, '', CONCAT(v_owed, ' of this month are recorded and not sent: set usage_channel in purser.settings to a',
           ' channel of kind mail in purser.alert_channels')) AS note;
END//
DELIMITER ;

-- ---- sql/procedures/client_need.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.client_need(
  IN p_client BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where there is no such client. Used by the procedures of clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_found BIGINT;

  -- SELECT … INTO takes no lock, as a subquery of IF would: who looks at a client waits for nobody who changes it.
  SELECT COUNT(*) INTO v_found FROM purser.clients WHERE id = p_client;
  IF v_found = 0 THEN
    SET v_why = CONCAT('p_client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/client_reason.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.client_reason(
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where p_reason is empty, too long or more than one line. Used by the procedures that change clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF TRIM(COALESCE(p_reason, '')) = '' THEN
    SET v_why = 'p_reason must say why: it goes into purser.admin_log';
  ELSEIF CHAR_LENGTH(p_reason) > 500 THEN
    SET v_why = CONCAT('p_reason has ', CHAR_LENGTH(p_reason), ' characters; at most 500 are kept');
  ELSEIF p_reason REGEXP '[[:cntrl:]]' THEN
    SET v_why = 'p_reason must be one line, without control characters';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_add.sql
-- Part by part; each is noted and committed before its DDL. What fails takes back the parts before it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_add(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: adds the parts of a rule that are not there'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.rule');
  DECLARE v_user VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_id BIGINT UNSIGNED;

  SET p_outcome = 'applied', p_algorithm = NULL, p_lock = NULL, p_message = NULL;
  CALL purser.constraint_table(p_schema, v_table, v_live); -- something of it may have been taken away since it was read
  FOR part IN (SELECT j.type, j.name, j.change_, j.otherwise FROM JSON_TABLE(p_want, '$.parts[*]' COLUMNS (
                 n FOR ORDINALITY,
                 type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
                 name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                 change_ LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.add',
                 otherwise LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.otherwise')) AS j ORDER BY j.n)
  DO
    IF p_outcome = 'applied' AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
      -- Values come from variables, so that the statements mean the same on a replica.
      SET v_id = (SELECT id FROM purser.constraint_objects
                   WHERE schema_name = p_schema AND table_name = v_table AND object_type = part.type AND object_name = part.name);
      IF v_id IS NULL THEN
        INSERT INTO purser.constraint_objects (schema_name, table_name, object_type, object_name, rule_name, phase, added_by, added_at)
        VALUES (p_schema, v_table, part.type, part.name, v_rule, 'adding', v_user, UTC_TIMESTAMP(6));
      ELSE
        UPDATE purser.constraint_objects SET phase = 'adding', clause = NULL, added_by = v_user, added_at = UTC_TIMESTAMP(6) WHERE id = v_id;
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      CALL purser.constraint_ddl(p_schema, v_table, part.change_, part.otherwise IS NOT NULL, p_outcome, p_algorithm, p_lock, p_message);
      IF p_outcome = 'unsupported' AND part.otherwise IS NOT NULL THEN
        CALL purser.constraint_ddl(p_schema, v_table, part.otherwise, FALSE, p_outcome, p_algorithm, p_lock, p_message);
      END IF;
      CALL purser.constraint_table(p_schema, v_table, v_live);
      IF v_live IS NULL THEN
        -- has another name now: the row stays, and the next call looks
        SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session has renamed the table: call again when it has done';
      END IF;
      -- Some engines take a foreign key and forget it.
      IF p_outcome = 'applied' AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
        SET p_outcome = 'failed', p_message = CONCAT('the server took the statement and added nothing: the engine of the table ',
          v_table, ' knows no such constraint');
      END IF;
      -- Noted just now, and the server has refused it: there is nothing to look for, whatever this account sees.
      IF p_outcome <> 'applied' AND v_id IS NULL AND purser.constraint_part(v_live, part.type, part.name) IS NULL THEN
        DELETE FROM purser.constraint_objects
         WHERE schema_name = p_schema AND table_name = v_table AND object_type = part.type AND object_name = part.name;
        COMMIT AND NO CHAIN NO RELEASE;
      END IF;
    END IF;
  END FOR;
  IF p_outcome IN ('unsupported', 'no table') THEN
    -- it was there a moment ago
    SET p_outcome = IF(p_outcome = 'no table', 'busy', 'failed');
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_apply_rule.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_apply_rule(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: brings one rule into force, or says why not'
main: BEGIN
  DECLARE v_want, v_keys, v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_outcome, v_in_force, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_name, v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_message, v_left TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_adding, v_busy BOOLEAN DEFAULT FALSE;
  -- A right that the caller lacks, a table that vanished: this rule failed, the others go on. What was begun has
  -- a row, and the next call finishes it or takes it back.
  -- A KILL or max_statement_time ends the call, not the rule alone.
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL;
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
    SET v_outcome = 'failed';
  END;

  work: BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
      SET v_outcome = 'failed';
    END;
    DECLARE EXIT HANDLER FOR SQLSTATE '45001'
    BEGIN
      -- after the DDL: the row says adding, and the next call verifies
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
      SET v_outcome = 'busy';
    END;
    CALL purser.constraint_find(p_schema, p_rule, purser.constraint_setting('constraint_lock_tries', 3, 100),
      v_want, v_in_force, v_name, v_adding, v_busy, v_message);
    IF v_busy THEN
      SET v_outcome = 'busy';
      LEAVE work;
    ELSEIF v_message IS NOT NULL THEN
      SET v_outcome = IF(JSON_VALUE(v_want, '$.missing') IS NOT NULL, 'missing table', 'failed');
      LEAVE work;
    END IF;
    SET v_base = JSON_VALUE(v_want, '$.base');
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_in_force = 'yes' THEN
      SET v_outcome = 'in force', v_message = CONCAT('by ', v_name);
      IF JSON_VALUE(v_want, '$.kind') <> 'unique' THEN
        CALL purser.constraint_count(v_want, v_count, v_keys);
        COMMIT AND NO CHAIN NO RELEASE;
        IF v_count > 0 THEN
          SET v_message = CONCAT(v_message, '; new rows are checked, but these were written while checks were off');
        END IF;
      ELSE
        SET v_count = 0;
      END IF;
      CALL purser.constraint_undo(p_schema, p_rule, v_base, TRUE, v_left);
      IF v_name <> v_base THEN
        -- somebody has made it meanwhile; what was begun for it goes
        CALL purser.constraint_undo(p_schema, p_rule, v_base, FALSE, v_left);
      END IF;
      LEAVE work;
    END IF;

    CALL purser.constraint_count(v_want, v_count, v_keys);
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_count = 0 AND v_in_force = 'partly' AND v_name = v_base AND NOT v_adding THEN
      -- Of ours, and changed by somebody since. Not before the count: it also says whether the rule can be in
      -- force (a column may have another name now), and what is left protects the shop until it can.
      CALL purser.constraint_undo(p_schema, p_rule, v_base, NULL, v_left);
      IF v_left IS NOT NULL THEN
        SET v_outcome = 'failed', v_message = 'somebody has changed the constraint, and it must go first';
        LEAVE work;
      END IF;
    END IF;
    IF v_count = 0 THEN
      CALL purser.constraint_add(p_schema, v_want, v_outcome, v_algorithm, v_lock, v_message);
      IF v_outcome = 'applied' OR v_outcome = 'refused' THEN
        -- What came between the count and the DDL. Here new ones cannot come any more.
        COMMIT AND NO CHAIN NO RELEASE;
        CALL purser.constraint_count(v_want, v_count, v_keys);
        COMMIT AND NO CHAIN NO RELEASE;
        IF v_count > 0 THEN
          SET v_outcome = 'refused';
        END IF;
      END IF;
    ELSE
      SET v_outcome = 'refused';
    END IF;
    IF v_outcome = 'applied' THEN
      CALL purser.constraint_table(p_schema, JSON_VALUE(v_want, '$.table'), v_live);
      FOR o IN (SELECT i.id, c.clause
                  FROM purser.constraint_objects AS i
                  LEFT JOIN JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
                         name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
                    ON c.name = i.object_name
                 WHERE i.rule_name = p_rule AND i.schema_name = p_schema AND LEFT(i.object_name, CHAR_LENGTH(v_base)) = v_base)
      DO
        UPDATE purser.constraint_objects SET phase = 'applied', clause = o.clause WHERE id = o.id;
      END FOR;
      COMMIT AND NO CHAIN NO RELEASE;
      CALL purser.constraint_undo(p_schema, p_rule, v_base, TRUE, v_left);
      SET v_message = CONCAT('as ', v_base);
    ELSE
      CALL purser.constraint_undo(p_schema, p_rule, v_base, FALSE, v_left);
      SET v_algorithm = NULL, v_lock = NULL;
      IF v_outcome = 'refused' THEN
        SET v_message = COALESCE(v_message, IF(v_count = 1, 'a row breaks the rule', CONCAT(v_count, ' rows break the rule')));
      ELSEIF v_outcome = 'busy' THEN
        SET v_message = CONCAT('others hold the table; nothing was changed: ', v_message);
      END IF;
    END IF;
  END work;
  SET v_message = CONCAT_WS('; ', v_message, v_left);
  SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_OBJECT('rule', p_rule, 'table', JSON_VALUE(v_want, '$.table'), 'outcome', v_outcome,
    'algorithm', v_algorithm, 'lock', v_lock, 'violations', v_count, 'keys', v_keys, 'message', v_message));
END//
DELIMITER ;

-- ---- sql/procedures/constraint_begin.sql
-- The user lock is taken here and given back by constraint_end. A session that already has it (its call was
-- killed) takes it again.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_begin(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: refuses a transaction and locks, and a second session'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_lock VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT('purser.constraints.', SHA1(p_schema));
  DECLARE v_none INT;

  SET v_why = purser.ddl_why('go past the constraints');
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF NOT COALESCE(GET_LOCK(v_lock, 0), FALSE) THEN
    SET v_why = CONCAT('Another session works on the constraints of ''', p_schema, ''' or was killed while it did: connection ',
      COALESCE(IS_USED_LOCK(v_lock), '(gone)'), '. Wait for it, or end it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- The settings are looked at now, so that an error comes before anything is done.
  SET v_none = purser.constraint_setting('constraint_lock_seconds', 2, 60);
  SET v_none = purser.constraint_setting('constraint_lock_tries', 3, 100);
  SET v_why = (SELECT MIN(name) FROM purser.settings WHERE name IN ('constraint_copy', 'constraint_hidden') AND value NOT IN ('yes', 'no'));
  IF v_why IS NOT NULL THEN
    SET v_why = CONCAT('the setting ', v_why, ' must be yes or no');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_check.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_check(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the CHECK of a rule, and how its violations are found'
BEGIN
  DECLARE v_expression, v_clause, v_setting TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_plain TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_hidden BOOLEAN DEFAULT COALESCE((SELECT value FROM purser.settings WHERE name = 'constraint_hidden'), 'yes') <> 'no';
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET v_expression = TRIM(JSON_VALUE(p_want, '$.expression'));
  WHILE v_expression RLIKE '[{][a-z_]{1,64}[}]' DO
    SET v_setting = REGEXP_SUBSTR(v_expression, '[{][a-z_]{1,64}[}]');
    SET v_expression = REPLACE(v_expression, v_setting, purser.constraint_list(TRIM(BOTH '}' FROM TRIM(BOTH '{' FROM v_setting))));
  END WHILE;
  SET v_clause = purser.constraint_clause(v_expression, TRUE);
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_', LEFT(SHA1(CONCAT('check\n', v_clause)), 6));
  SET v_plain = CONCAT('ADD CONSTRAINT ', purser.constraint_quoted(v_base), ' CHECK (', v_expression, ')');
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.clause', v_clause,
    '$.parts', JSON_COMPACT(JSON_ARRAY(IF(v_hidden, JSON_OBJECT('type', 'check', 'name', v_base,
      'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_base), ' TINYINT(1) AS (1) VIRTUAL INVISIBLE COMMENT ''Purser: rule ',
        JSON_VALUE(p_want, '$.rule'), ''' CHECK (', v_expression, ')'),
      'otherwise', v_plain), JSON_OBJECT('type', 'check', 'name', v_base, 'add', v_plain)))),
    '$.from', CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(JSON_VALUE(p_want, '$.table')),
      ' AS t WHERE NOT (', v_expression, ')'),
    '$.count', NULL, '$.order', '');
END//
DELIMITER ;

-- ---- sql/procedures/constraint_check_rule.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_check_rule(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of check_constraints: one rule'
BEGIN
  DECLARE v_want, v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_adding, v_busy BOOLEAN DEFAULT FALSE;

  work: BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
    END;
    CALL purser.constraint_find(p_schema, p_rule, 3, v_want, v_in_force, v_name, v_adding, v_busy, v_message);
    IF v_message IS NOT NULL THEN
      SET v_in_force = IF(v_busy, NULL, 'no');
      LEAVE work;
    END IF;
    IF v_in_force = 'yes' AND JSON_VALUE(v_want, '$.kind') = 'unique' THEN
      SET v_count = 0;
    ELSE
      CALL purser.constraint_count(v_want, v_count, v_keys);
    END IF;
    IF v_in_force = 'yes' AND v_count > 0 THEN
      SET v_in_force = 'partly', v_message = 'new rows are checked, but these were written while checks were off';
    ELSEIF v_in_force = 'partly' THEN
      SET v_message = IF(v_adding, 'apply_constraints was not finished: call it again',
        'in another form than the rule has now: apply_constraints replaces it');
    END IF;
    IF v_count > 0 AND v_keys IS NULL THEN
      SET v_message = CONCAT_WS('; ', v_message, 'the table has no primary key');
    END IF;
  END work;
  IF (SELECT NOT enabled FROM purser.constraint_rules WHERE name = p_rule) THEN
    SET v_message = CONCAT_WS('; ', 'disabled', v_message);
  END IF;
  SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_OBJECT('rule', p_rule, 'table', JSON_VALUE(v_want, '$.table'),
    'kind', JSON_VALUE(v_want, '$.kind'), 'in_force', v_in_force, 'name', v_name,
    'violations', v_count, 'keys', v_keys, 'message', v_message));
END//
DELIMITER ;

-- ---- sql/procedures/constraint_count.sql
-- In a transaction of its own, so that it sees what is there now. The variables are taken back by the server,
-- also when the session is killed: JSON_ARRAYAGG is cut at group_concat_max_len, a sort at max_sort_length.
-- A sort needs fifteen keys of that length in its buffer, or fails with 1038, which no handler catches: 16 columns
-- of TEXT fit. Of texts that are equal for so long doubles may be missed; the server finds them as it adds the index.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_count(
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_count BIGINT UNSIGNED,
  OUT p_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: how many rows break a rule, and the keys of the first ten'
BEGIN
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- The tables were there a moment ago: who renames or locks one has it for himself now.
  DECLARE EXIT HANDLER FOR 1205, 1213, 1146
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_why = CONCAT('another session has the table for itself, and its rows could not be counted: ', v_why);
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = v_why;
  END;

  SET p_keys = NULL, @purser_constraint = NULL;
  SET v_sql = JSON_VALUE(p_want, '$.count');
  SET STATEMENT lock_wait_timeout = v_seconds, max_sort_length = 65536, sort_buffer_size = 33554432, sql_big_selects = 1, max_error_count = 64 FOR EXECUTE IMMEDIATE v_sql;
  SET p_count = COALESCE(@purser_constraint, 0);
  IF p_count > 0 AND JSON_VALUE(p_want, '$.keys') IS NOT NULL THEN
    SET @purser_constraint = NULL;
    SET v_sql = JSON_VALUE(p_want, '$.keys');
    SET STATEMENT lock_wait_timeout = v_seconds, max_sort_length = 65536, sort_buffer_size = 33554432, sql_big_selects = 1, max_error_count = 64, group_concat_max_len = 1048576 FOR EXECUTE IMMEDIATE v_sql;
    SET p_keys = CONVERT(@purser_constraint USING utf8mb4);
  END IF;
  SET @purser_constraint = NULL;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_ddl.sql
-- The session's variables are set for one statement: the server takes that back on every path, also when
-- the session is killed, where no handler of a routine runs; and it stays out of the binary log.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_ddl(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_change LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_instant BOOLEAN,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: an ALTER TABLE in the most online way that the server takes'
BEGIN
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_tries INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_tries', 3, 100);
  DECLARE v_copy BOOLEAN DEFAULT COALESCE((SELECT value FROM purser.settings WHERE name = 'constraint_copy'), 'yes') = 'yes';
  -- Until MariaDB 11.4 this variable (old_alter_table is another name of it) goes before what the statement says.
  DECLARE v_copies BOOLEAN DEFAULT EXISTS (SELECT 1 FROM information_schema.SESSION_VARIABLES
                                            WHERE VARIABLE_NAME = 'ALTER_ALGORITHM' AND VARIABLE_VALUE <> 'DEFAULT');
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_errno, v_try, v_way INT UNSIGNED DEFAULT 0;
  DECLARE v_foreign BOOLEAN;
  DECLARE v_none INT;

  SET p_outcome = 'unsupported';
  -- An index is never instant. On Galera an attempt that fails is an error in the log of every other node.
  IF p_change RLIKE '^(ADD (UNIQUE )?|DROP )INDEX ' AND NOT p_instant THEN
    SET v_way = 1;
  END IF;
  WHILE p_outcome = 'unsupported' AND v_way < IF(p_instant, 1, IF(v_copy, 6, 4)) DO
    SET v_way = v_way + 1;
    SET p_algorithm = ELT(v_way, 'INSTANT', 'NOCOPY', 'INPLACE', 'INPLACE', 'COPY', 'COPY'),
        p_lock = ELT(v_way, 'NONE', 'NONE', 'NONE', 'SHARED', 'NONE', 'SHARED');
    SET v_sql = CONCAT(IF(v_copies, 'SET STATEMENT alter_algorithm = ''DEFAULT'' FOR ', ''), 'ALTER TABLE ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' ', p_change,
      ', ALGORITHM=', p_algorithm, ', LOCK=', p_lock);
    -- Foreign keys are added in place only without foreign_key_checks; a copy is to look at each row.
    SET v_foreign = p_algorithm = 'COPY';
    SET v_try = 0;
    REPEAT
      SET v_errno = 0, v_try = v_try + 1;
      BEGIN
        DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
        DECLARE EXIT HANDLER FOR SQLEXCEPTION
        BEGIN
          -- the last one: there may be warnings before the error
          SET v_errno = 1105;
          GET DIAGNOSTICS v_none = NUMBER;
          GET DIAGNOSTICS CONDITION v_none v_errno = MYSQL_ERRNO, p_message = MESSAGE_TEXT;
        END;
        SET STATEMENT lock_wait_timeout = v_seconds, foreign_key_checks = v_foreign, check_constraint_checks = 1, unique_checks = 1,
          max_error_count = 64
          FOR EXECUTE IMMEDIATE v_sql;
      END;
      IF v_errno IN (1205, 1213) AND v_try < v_tries THEN
        -- those who waited behind the ALTER come first
        SET v_none = SLEEP(0.5);
      END IF;
    UNTIL v_errno NOT IN (1205, 1213) OR v_try >= v_tries END REPEAT;
    SET p_outcome = CASE
      WHEN v_errno = 0 THEN 'applied'
      WHEN v_errno IN (1205, 1213) THEN 'busy'
      WHEN v_errno IN (1062, 1586, 1452, 4025, 1761, 1557, 1169) THEN 'refused'
      -- not in this way (1845, 1846); or more was written meanwhile than innodb_online_alter_log_max_size (1799)
      WHEN v_errno IN (1845, 1846, 1799) THEN 'unsupported'
      WHEN v_errno IN (1146, 1049) THEN 'no table'
      ELSE 'failed' END;
  END WHILE;
  IF p_outcome = 'applied' THEN
    SET p_message = NULL;
  ELSE
    SET p_algorithm = NULL, p_lock = NULL;
    IF p_outcome = 'unsupported' AND NOT p_instant AND NOT v_copy THEN
      SET p_message = CONCAT('only as a copy of the table, which the setting constraint_copy forbids: ', p_message);
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_drop.sql
-- Only what has a row in constraint_objects and a name of ours: whoever can write there but may not alter the
-- shop must not gain more. information_schema shows an account what it has rights to: before something is
-- forgotten as gone, the server must have let the account ALTER the table. Where the table is not there, it may
-- have another name now; but a copy of it has the same constraints, so that nothing is guessed. Where another
-- session is changing a definition, nothing is known (see constraint_table): busy, and the row stays.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_drop(
  IN p_id BIGINT UNSIGNED,
  OUT p_outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: takes away one thing that was added, and forgets it'
BEGIN
  DECLARE v_schema, v_table, v_name, v_now VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_json LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_count, v_tries INT DEFAULT 0;
  DECLARE v_type, v_live VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '45001'
  BEGIN
    GET DIAGNOSTICS CONDITION 1 p_message = MESSAGE_TEXT;
    SET p_outcome = 'busy', p_algorithm = NULL, p_lock = NULL;
    COMMIT AND NO CHAIN NO RELEASE;
  END;

  SET p_outcome = 'gone', p_algorithm = NULL, p_lock = NULL, p_message = NULL;
  SELECT schema_name, table_name, object_type, object_name INTO v_schema, v_table, v_type, v_name
    FROM purser.constraint_objects WHERE id = p_id;
  IF LEFT(v_name, 7) <> 'purser_' OR LOWER(v_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET p_outcome = 'failed', p_message = 'purser.constraint_objects: this is not a constraint of Purser''s';
  ELSE
    CALL purser.constraint_table(v_schema, v_table, v_json);
    SET v_live = purser.constraint_part(v_json, v_type, v_name);
    IF v_live IS NULL THEN
      -- Changes nothing: no constraint has a name like this.
      CALL purser.constraint_ddl(v_schema, v_table, 'DROP FOREIGN KEY IF EXISTS `purser: none`', FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_algorithm = NULL, p_lock = NULL;
      IF p_outcome = 'no table' THEN
        -- A table that is being renamed has no name for a moment: so the list is read again, and one that is in it
        -- and then not there any more, or is back, may be what is looked for.
        REPEAT
          DO SLEEP(IF(v_tries = 0, 0, 0.1));
          SET v_tries = v_tries + 1;
          FOR t IN (SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = v_schema ORDER BY TABLE_NAME)
          DO
            BEGIN
              -- a view that is broken; a table that this account may not read
              DECLARE EXIT HANDLER FOR 1142, 1143, 1356, 1449, 1932 BEGIN END;
              CALL purser.constraint_table(v_schema, t.name, v_json);
              IF v_json IS NULL OR t.name = v_table THEN
                SET p_message = CONCAT('another session renames the table ', t.name, ': call again when it has done');
                SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = p_message;
              ELSEIF purser.constraint_part(v_json, v_type, v_name) IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM purser.constraint_objects AS o
                                  WHERE o.schema_name = v_schema AND o.table_name = t.name AND o.object_type = v_type AND o.object_name = v_name) THEN
                SET v_count = v_count + 1, v_now = COALESCE(v_now, t.name);
              END IF;
            END;
          END FOR;
        UNTIL v_count > 0 OR v_tries >= purser.constraint_setting('constraint_lock_tries', 3, 100) END REPEAT;
        SET p_outcome = IF(v_count = 0, 'gone', 'failed'),
            p_message = IF(v_count = 0, NULL, CONCAT('there is no table ', v_table, ' any more, and ', v_now, ' has it',
              IF(v_count = 1, '', CONCAT(' (and ', v_count - 1, ' more)')),
              '. Has the table another name now? UPDATE purser.constraint_objects SET table_name = ', QUOTE(v_now), ' WHERE id = ', p_id,
              ' and call again; else DELETE that row'));
      ELSEIF p_outcome = 'applied' THEN
        -- once more, now that the account is known to have the right
        CALL purser.constraint_table(v_schema, v_table, v_json);
        IF v_json IS NULL THEN
          SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = 'another session has renamed the table: call again when it has done';
        END IF;
        SET p_outcome = 'gone', v_live = purser.constraint_part(v_json, v_type, v_name);
      END IF;
    END IF;
    IF v_live IS NOT NULL THEN
      CALL purser.constraint_ddl(v_schema, v_table, CONCAT('DROP ', ELT(FIELD(v_live, 'column', 'index', 'check', 'foreign_key'),
        'COLUMN', 'INDEX', 'CONSTRAINT', 'FOREIGN KEY'), ' ', purser.constraint_quoted(v_name)), FALSE, p_outcome, p_algorithm, p_lock, p_message);
      SET p_outcome = CASE p_outcome WHEN 'unsupported' THEN 'failed' WHEN 'no table' THEN 'busy' ELSE p_outcome END;
    END IF;
  END IF;
  IF p_outcome IN ('applied', 'gone') THEN
    SET p_outcome = IF(p_outcome = 'applied', 'reverted', p_outcome);
    DELETE FROM purser.constraint_objects WHERE id = p_id;
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_end.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_end(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints and revert_constraints: gives back the lock, as often as this session has it'
BEGIN
  DECLARE v_lock VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT('purser.constraints.', SHA1(p_schema));
  WHILE COALESCE(RELEASE_LOCK(v_lock), 0) = 1 DO
    BEGIN END;
  END WHILE;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_find.sql
-- Where others have the table for themselves (see constraint_table) the look is repeated, and after that many tries
-- p_busy says so and p_message what it was. Where there is none, too: a new table may take its place in a moment.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_find(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_tries INT UNSIGNED,
  OUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_adding BOOLEAN,
  OUT p_busy BOOLEAN,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: what a rule means in a schema, and whether it is in force there; patiently'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_kind VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_try INT UNSIGNED DEFAULT 0;
  DECLARE v_missing BOOLEAN;
  -- an error of the setting is not one of the rule
  DECLARE v_none INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);

  REPEAT
    SET p_busy = FALSE, v_missing = FALSE, v_try = v_try + 1;
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '45001'
      BEGIN
        GET DIAGNOSTICS CONDITION 1 p_message = MESSAGE_TEXT;
        SET p_busy = TRUE;
      END;
      CALL purser.constraint_want(p_schema, p_rule, p_want);
      SET p_message = COALESCE(JSON_VALUE(p_want, '$.missing'), JSON_VALUE(p_want, '$.problem'));
      SET v_missing = JSON_VALUE(p_want, '$.missing') IS NOT NULL;
      IF p_message IS NULL THEN
        CALL purser.constraint_look(p_schema, p_want, p_in_force, p_name, p_adding);
      END IF;
    END;
    IF (p_busy OR v_missing) AND v_try < p_tries THEN
      DO SLEEP(IF(p_busy, 0.5, 0.1));
    END IF;
  UNTIL NOT (p_busy OR v_missing) OR v_try >= p_tries END REPEAT;
  IF p_want IS NULL THEN
    SELECT table_name, kind INTO v_table, v_kind FROM purser.constraint_rules WHERE name = p_rule;
    SET p_want = JSON_OBJECT('table', v_table, 'kind', v_kind);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_foreign_key.sql
-- Without foreign_key_checks the server adds a key to a parent that is not there, has no index, is of another
-- engine or partitioned: that is looked at here.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_foreign_key(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the foreign key of a rule, and how its violations are found'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.ref_table');
  DECLARE v_on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.on_delete');
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_list, v_ref_list, v_join, v_where, v_kind LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_parts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_count, v_found INT DEFAULT 0;
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE v_live_ref LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live_ref');

  FOR c IN (SELECT j.n, s.name, r.name AS ref_name, s.nullable,
                   -- The width in which an integer is shown is no part of its type, and text may differ in length.
                   -- InnoDB compares the bytes of all others: another scale or another list of values never matches.
                   CASE WHEN s.type LIKE '%int' THEN REGEXP_REPLACE(s.full_type, '[(][0-9]+[)]', '')
                        WHEN s.type LIKE '%char' OR s.type LIKE '%text' OR s.type IN ('varbinary', 'blob')
                        THEN CONCAT(s.type, '/', COALESCE(s.co, '')) ELSE s.full_type END AS type,
                   CASE WHEN r.type LIKE '%int' THEN REGEXP_REPLACE(r.full_type, '[(][0-9]+[)]', '')
                        WHEN r.type LIKE '%char' OR r.type LIKE '%text' OR r.type IN ('varbinary', 'blob')
                        THEN CONCAT(r.type, '/', COALESCE(r.co, '')) ELSE r.full_type END AS ref_type
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name
              JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS k ON k.n = j.n
              JOIN JSON_TABLE(v_live_ref, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS r
                ON r.name = k.name ORDER BY j.n)
  DO
    IF c.type <> c.ref_type THEN
      SET v_problem = CONCAT('the columns ', v_table, '.', c.name, ' (', c.type, ') and ', v_ref, '.', c.ref_name, ' (', c.ref_type, ') differ in type');
    ELSEIF v_on_delete = 'SET NULL' AND NOT c.nullable THEN
      SET v_problem = CONCAT('ON DELETE SET NULL: the column ', c.name, ' may not be NULL');
    END IF;
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), purser.constraint_quoted(c.name)),
        v_ref_list = CONCAT(v_ref_list, IF(v_ref_list = '', '', ', '), purser.constraint_quoted(c.ref_name)),
        v_where = CONCAT(v_where, 't.', purser.constraint_quoted(c.name), ' IS NOT NULL AND '),
        v_join = CONCAT(v_join, IF(v_join = '', '', ' AND '), 'p.', purser.constraint_quoted(c.ref_name), ' = t.', purser.constraint_quoted(c.name)),
        v_kind = CONCAT(v_kind, '\n', c.name, '\n', c.ref_name), v_count = v_count + 1;
  END FOR;
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_',
    LEFT(SHA1(CONCAT('foreign_key\n', v_ref, '\n', v_on_delete, v_kind)), 6));
  -- With such a parent each INSERT would be refused, whatever it refers to.
  IF JSON_VALUE(v_live, '$.engine') = 'InnoDB' THEN
    SET v_kind = JSON_VALUE(v_live_ref, '$.engine');
    IF v_kind <> 'InnoDB' OR JSON_VALUE(v_live_ref, '$.options') LIKE '%partitioned%' THEN
      SET v_problem = COALESCE(v_problem, CONCAT('the table ', v_ref, ' is ', IF(v_kind <> 'InnoDB', CONCAT('of the engine ', v_kind), 'partitioned'),
        ': InnoDB finds no rows in it'));
    END IF;
  END IF;
  -- An index of the parent that begins with the columns; and one of the child, ours apart.
  IF NOT EXISTS (SELECT 1 FROM JSON_TABLE(v_live_ref, '$.indexes[*]' COLUMNS (
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                          column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', type VARCHAR(16) PATH '$.type',
                          seq INT PATH '$.seq', part INT PATH '$.part')) AS s
                   JOIN JSON_TABLE(p_want, '$.ref_columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.seq AND j.name = s.column_
                  WHERE s.part IS NULL AND s.type = 'BTREE'
                  GROUP BY s.name HAVING COUNT(*) = v_count) THEN
    SET v_problem = COALESCE(v_problem, CONCAT('the table ', v_ref, ' has no index that begins with the columns referred to'));
  END IF;
  SET v_found = (SELECT COUNT(*) FROM (SELECT s.name FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                          column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', type VARCHAR(16) PATH '$.type',
                          seq INT PATH '$.seq', part INT PATH '$.part')) AS s
                   JOIN JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                          name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                     ON j.n = s.seq AND j.name = s.column_
                  WHERE s.part IS NULL AND s.type = 'BTREE' AND s.name <> v_base
                  GROUP BY s.name HAVING COUNT(*) = v_count) AS i);
  IF v_found = 0 THEN
    SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'index', 'name', v_base,
      'columns', JSON_COMPACT(JSON_EXTRACT(p_want, '$.columns')),
      'add', CONCAT('ADD INDEX ', purser.constraint_quoted(v_base), ' (', v_list, ') COMMENT ''Purser: rule ', JSON_VALUE(p_want, '$.rule'), '''')));
  END IF;
  SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'foreign_key', 'name', v_base, 'add', CONCAT(
    'ADD CONSTRAINT ', purser.constraint_quoted(v_base), ' FOREIGN KEY (', v_list, ') REFERENCES ', purser.constraint_quoted(p_schema), '.',
    purser.constraint_quoted(v_ref), ' (', v_ref_list, ') ON DELETE ', v_on_delete)));
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.parts', JSON_COMPACT(v_parts), '$.problem', v_problem,
    '$.from', CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_table), ' AS t WHERE ', v_where,
      'NOT EXISTS (SELECT 1 FROM ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_ref), ' AS p WHERE ', v_join, ')'),
    '$.count', NULL, '$.order', '');
END//
DELIMITER ;

-- ---- sql/procedures/constraint_look.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_look(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_in_force VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_adding BOOLEAN)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: is a rule in force, by which constraint, and was adding it not finished?'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.base');
  DECLARE v_clause, v_noted TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_all BOOLEAN DEFAULT TRUE;
  DECLARE v_any, v_there BOOLEAN DEFAULT FALSE;
  DECLARE v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');
  DECLARE v_elsewhere LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  FOR part IN (SELECT j.type, j.name, j.columns FROM JSON_TABLE(p_want, '$.parts[*]' COLUMNS (
                 type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
                 name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                 columns JSON PATH '$.columns')) AS j)
  DO
    SET v_there = purser.constraint_part(v_live, part.type, part.name) IS NOT NULL;
    SET v_any = v_any OR v_there;
    -- The name alone says what it was; somebody may have changed it.
    IF v_there AND part.type = 'index' THEN
      SELECT COUNT(*) = JSON_LENGTH(part.columns) AND SUM(j.name IS NULL) = 0
             AND (NOT MAX(s.many) OR JSON_VALUE(p_want, '$.kind') <> 'unique')
        INTO v_there
        FROM JSON_TABLE(v_live, '$.indexes[*]' COLUMNS (
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
               column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column',
               seq INT PATH '$.seq', part INT PATH '$.part', many BOOLEAN PATH '$.many')) AS s
        LEFT JOIN JSON_TABLE(part.columns, '$[*]' COLUMNS (
               n FOR ORDINALITY,
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
          ON j.n = s.seq AND j.name = s.column_ AND s.part IS NULL
       WHERE s.name = part.name;
    ELSEIF v_there AND part.type = 'check' THEN
      SELECT MAX(c.clause) INTO v_clause FROM JSON_TABLE(v_live, '$.checks[*]' COLUMNS (
               name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', clause LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.clause')) AS c
       WHERE c.name = part.name;
      SET v_noted = (SELECT MAX(IF(phase = 'adding', v_clause, clause)) FROM purser.constraint_objects
                      WHERE schema_name = p_schema AND table_name = v_table AND object_type IN ('column', 'check') AND object_name = part.name);
      SET v_there = v_clause IS NOT NULL
        AND (v_clause <=> v_noted OR purser.constraint_clause(v_clause, FALSE) = JSON_VALUE(p_want, '$.clause'));
    END IF;
    SET v_all = v_all AND v_there;
  END FOR;

  SET p_adding = EXISTS (SELECT 1 FROM purser.constraint_objects
                          WHERE schema_name = p_schema AND table_name = v_table AND rule_name = JSON_VALUE(p_want, '$.rule')
                            AND LEFT(object_name, CHAR_LENGTH(v_base)) = v_base AND phase = 'adding');
  IF v_all THEN
    SET p_in_force = IF(p_adding, 'partly', 'yes'), p_name = v_base;
  ELSE
    SET p_name = purser.constraint_other(p_schema, p_want);
    SET p_in_force = IF(p_name IS NOT NULL, 'yes', IF(v_any, 'partly', 'no'));
    IF p_in_force = 'no' THEN
      -- a former form, perhaps of another table
      FOR o IN (SELECT table_name, object_type, object_name FROM purser.constraint_objects
                 WHERE schema_name = p_schema AND rule_name = JSON_VALUE(p_want, '$.rule') ORDER BY id)
      DO
        IF o.table_name = v_table THEN
          SET v_elsewhere = v_live;
        ELSE
          CALL purser.constraint_table(p_schema, o.table_name, v_elsewhere);
        END IF;
        SET p_name = IF(purser.constraint_part(v_elsewhere, o.object_type, o.object_name) IS NULL, p_name, o.object_name);
      END FOR;
      SET p_in_force = IF(p_name IS NULL, 'no', 'partly');
    ELSEIF p_name IS NULL THEN
      SET p_name = v_base;
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_schema.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_schema(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_gone BOOLEAN,
  OUT p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: finds the schema, NULL is the mapped shop; p_gone: it may be gone'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    COALESCE(p_schema, (SELECT value FROM purser.settings WHERE name = 'app_schema'));

  IF v_schema IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_schema: no shop is mapped; name the schema, or CALL purser.map_app(…) first';
  ELSEIF LOWER(v_schema) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
    SET v_why = CONCAT('p_schema: ', v_schema, ' is not the schema of a shop');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SET p_name = (SELECT SCHEMA_NAME FROM information_schema.SCHEMATA
                 WHERE SCHEMA_NAME = v_schema
                    OR (@@lower_case_table_names <> 0 AND LOWER(SCHEMA_NAME) = LOWER(v_schema))
                 LIMIT 1);
  IF p_name IS NULL AND p_gone AND EXISTS (SELECT 1 FROM purser.constraint_objects WHERE schema_name = v_schema) THEN
    SET p_name = v_schema;
  END IF;
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_schema: there is no schema ', QUOTE(v_schema), ', or this account sees nothing of it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF (SELECT COUNT(*) FROM purser.constraint_rules) > 1000 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.constraint_rules has more than 1000 rows';
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_table.sql
-- information_schema alone is not to be trusted while another session changes a table's definition. It skips the
-- table, with a warning (1684; 1205 where it has waited); or, for the moment in which a file has another name, it
-- shows nothing and warns of nothing. So what it says is read by one statement that has the table open as well: no
-- definition changes under it, and that there is no such table is an error of its own.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: the definition of a table as JSON; NULL: there is none; 45001: others have it'
BEGIN
  DECLARE v_seconds INT UNSIGNED DEFAULT purser.constraint_setting('constraint_lock_seconds', 2, 60);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_at, v_in, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  -- not there, or of a name that none can have
  DECLARE EXIT HANDLER FOR 1146, 1049, 1102, 1103 SET p_live = NULL;
  DECLARE EXIT HANDLER FOR 1684, 1205, 1213
  BEGIN
    SET v_why = CONCAT('another session has the table ', p_table, ' for itself, or changes its definition: call again when it has done');
    SIGNAL SQLSTATE '45001' SET MESSAGE_TEXT = v_why;
  END;

  SET p_live = NULL, @purser_constraint = NULL;
  SET v_at = CONCAT('TABLE_NAME = ', QUOTE(IF(@@lower_case_table_names = 1, LOWER(p_table), p_table))),
      v_in = CONCAT('SCHEMA = ', QUOTE(p_schema), ' AND ');
  SET v_sql = CONCAT('SELECT JSON_OBJECT(''name'', t.TABLE_NAME, ''type'', t.TABLE_TYPE, ''engine'', t.ENGINE, ''options'', t.CREATE_OPTIONS,
    ''columns'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', COLUMN_NAME, ''nullable'', IS_NULLABLE = ''YES'', ''type'', DATA_TYPE,
        ''full'', COLUMN_TYPE, ''cs'', CHARACTER_SET_NAME, ''co'', COLLATION_NAME, ''virtual'', EXTRA LIKE ''VIRTUAL GENERATED%''))
      FROM information_schema.COLUMNS WHERE TABLE_', v_in, v_at, '),
    ''indexes'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', INDEX_NAME, ''seq'', SEQ_IN_INDEX, ''column'', COLUMN_NAME, ''part'', SUB_PART,
        ''many'', NON_UNIQUE, ''nullable'', NULLABLE = ''YES'', ''type'', INDEX_TYPE))
      FROM information_schema.STATISTICS WHERE TABLE_', v_in, v_at, '),
    ''checks'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', CONSTRAINT_NAME, ''level'', LEVEL, ''clause'', CHECK_CLAUSE))
      FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_', v_in, v_at, '),
    ''keys'', (SELECT JSON_ARRAYAGG(JSON_OBJECT(''name'', k.CONSTRAINT_NAME, ''column'', k.COLUMN_NAME, ''schema'', k.REFERENCED_TABLE_SCHEMA,
        ''table'', k.REFERENCED_TABLE_NAME, ''ref'', k.REFERENCED_COLUMN_NAME, ''on_delete'', r.DELETE_RULE))
      FROM information_schema.KEY_COLUMN_USAGE AS k
      JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r ON r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
       WHERE k.TABLE_', v_in, 'k.', v_at, ' AND r.CONSTRAINT_', v_in, 'r.', v_at, '))
    INTO @purser_constraint FROM information_schema.TABLES AS t WHERE t.TABLE_', v_in, 't.', v_at,
    ' AND (SELECT 1 FROM ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' LIMIT 0) IS NULL');
  SET STATEMENT lock_wait_timeout = v_seconds, max_error_count = 64, sql_big_selects = 1, group_concat_max_len = 67108864
    FOR EXECUTE IMMEDIATE v_sql;
  SET p_live = CONVERT(@purser_constraint USING utf8mb4), @purser_constraint = NULL;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_undo.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_undo(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_base VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_former BOOLEAN,
  OUT p_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of apply_constraints: takes away what was begun for a rule, or its former forms; p_former NULL: all of its form'
BEGIN
  DECLARE v_outcome, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET p_message = NULL;
  FOR o IN (SELECT id, object_name FROM purser.constraint_objects
             WHERE rule_name = p_rule AND schema_name = p_schema
               AND IF(p_former, LEFT(object_name, CHAR_LENGTH(p_base)) <> p_base,
                      (p_former IS NULL OR phase = 'adding') AND LEFT(object_name, CHAR_LENGTH(p_base)) = p_base)
             ORDER BY id DESC)
  DO
    CALL purser.constraint_drop(o.id, v_outcome, v_algorithm, v_lock, v_message);
    IF v_outcome NOT IN ('reverted', 'gone') THEN
      SET p_message = CONCAT(o.object_name, ' could not be taken away: ', COALESCE(v_message, v_outcome));
    END IF;
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/constraint_unique.sql
-- A column that may be NULL is, where NULL equals NULL, in the index as two hidden ones: its value, or a
-- constant of its type; and whether it is NULL. So the type must have a constant.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_unique(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of constraint_want: the index of a unique rule, and how its violations are found'
BEGIN
  DECLARE v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_VALUE(p_want, '$.table');
  DECLARE v_equal BOOLEAN DEFAULT JSON_VALUE(p_want, '$.nulls') = 'equal';
  DECLARE v_from TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
    CONCAT(purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(v_table));
  DECLARE v_list, v_groups, v_join, v_order, v_index, v_kind, v_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_parts, v_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_base, v_name, v_null VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_table_live LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT JSON_EXTRACT(p_want, '$.live');

  -- What defines it, before the names that are made of it.
  FOR c IN (SELECT s.name, s.nullable, s.full_type AS type, s.co AS collation_
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_table_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name ORDER BY j.n)
  DO
    SET v_kind = CONCAT(v_kind, '\n', c.name, '\n', IF(v_equal AND c.nullable, CONCAT(c.type, '\n', COALESCE(c.collation_, '')), ''));
  END FOR;
  SET v_base = CONCAT('purser_', JSON_VALUE(p_want, '$.rule'), '_', LEFT(SHA1(CONCAT('unique', v_kind)), 6));

  FOR c IN (SELECT j.n, s.name, s.nullable, s.type, s.full_type, s.cs, s.co,
                   CASE WHEN s.type IN ('tinyint', 'smallint', 'mediumint', 'int', 'bigint', 'decimal', 'float', 'double', 'year') THEN '0'
                        WHEN s.type IN ('char', 'varchar', 'binary', 'varbinary') THEN ''''''
                        WHEN s.type = 'date' THEN 'DATE''1000-01-01'''
                        WHEN s.type = 'datetime' THEN 'TIMESTAMP''1000-01-01 00:00:00'''
                        WHEN s.type = 'time' THEN 'TIME''00:00:00''' END AS constant
              FROM JSON_TABLE(p_want, '$.columns[*]' COLUMNS (n FOR ORDINALITY,
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
              JOIN JSON_TABLE(v_table_live, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name', nullable BOOLEAN PATH '$.nullable',
                     type VARCHAR(64) PATH '$.type', full_type LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.full',
                     cs VARCHAR(64) PATH '$.cs', co VARCHAR(64) PATH '$.co')) AS s
                ON s.name = j.name ORDER BY j.n)
  DO
    SET v_list = CONCAT(v_list, IF(v_list = '', '', ', '), purser.constraint_quoted(c.name)),
        v_groups = CONCAT(v_groups, IF(v_groups = '', '', ', '), purser.constraint_quoted(c.name), ' AS `purser.g', c.n, '`'),
        v_order = CONCAT(v_order, 'd.`purser.g', c.n, '`, '),
        v_join = CONCAT(v_join, IF(v_join = '', '', ' AND '), 't.', purser.constraint_quoted(c.name), ' <=> d.`purser.g', c.n, '`');
    IF c.nullable AND v_equal THEN
      IF c.constant IS NULL THEN
        SET p_want = JSON_SET(p_want, '$.problem', CONCAT('column ', c.name, ' of type ', c.full_type,
          ' may be NULL: for such a type nulls must be distinct'));
      END IF;
      SET v_name = CONCAT(v_base, '_', c.n, 'v'), v_null = CONCAT(v_base, '_', c.n, 'n');
      SET v_index = CONCAT(v_index, IF(v_index = '', '', ', '), purser.constraint_quoted(v_name), ', ', purser.constraint_quoted(v_null)),
          v_live = JSON_ARRAY_APPEND(v_live, '$', v_name, '$', v_null),
          v_parts = JSON_ARRAY_APPEND(v_parts,
            '$', JSON_OBJECT('type', 'column', 'name', v_name, 'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_name), ' ', c.full_type,
              IF(c.cs IS NULL, '', CONCAT(' CHARACTER SET ', c.cs, ' COLLATE ', c.co)), ' AS (IFNULL(', purser.constraint_quoted(c.name),
              ', ', COALESCE(c.constant, 'NULL'), ')) VIRTUAL INVISIBLE COMMENT ''Purser: of the index ', v_base, '''')),
            '$', JSON_OBJECT('type', 'column', 'name', v_null, 'add', CONCAT('ADD COLUMN ', purser.constraint_quoted(v_null),
              ' TINYINT(1) AS (', purser.constraint_quoted(c.name), ' IS NULL) VIRTUAL INVISIBLE COMMENT ''Purser: of the index ', v_base, '''')));
    ELSE
      SET v_index = CONCAT(v_index, IF(v_index = '', '', ', '), purser.constraint_quoted(c.name)),
          v_live = JSON_ARRAY_APPEND(v_live, '$', c.name);
      IF c.nullable THEN
        SET v_where = CONCAT(v_where, IF(v_where = '', ' WHERE ', ' AND '), purser.constraint_quoted(c.name), ' IS NOT NULL');
      END IF;
    END IF;
  END FOR;
  SET v_parts = JSON_ARRAY_APPEND(v_parts, '$', JSON_OBJECT('type', 'index', 'name', v_base, 'columns', JSON_COMPACT(v_live),
    'add', CONCAT('ADD UNIQUE INDEX ', purser.constraint_quoted(v_base), ' (', v_index, ') COMMENT ''Purser: rule ', JSON_VALUE(p_want, '$.rule'), '''')));
  SET p_want = JSON_SET(p_want, '$.base', v_base, '$.parts', JSON_COMPACT(v_parts),
    '$.count', CONCAT('SELECT SUM(n) INTO @purser_constraint FROM (SELECT COUNT(*) AS n FROM ', v_from, v_where, ' GROUP BY ', v_list, ' HAVING COUNT(*) > 1) AS d'),
    '$.from', CONCAT('(SELECT ', v_groups, ' FROM ', v_from, v_where, ' GROUP BY ', v_list, ' HAVING COUNT(*) > 1 ORDER BY ', v_list,
      ' LIMIT 10) AS d JOIN ', v_from, ' AS t ON ', v_join),
    '$.order', v_order);
END//
DELIMITER ;

-- ---- sql/procedures/constraint_want.sql
-- Answers a JSON object: what is missing or wrong (missing, problem), the parts of the constraint with their
-- DDL, and the statements that count the rows which break it and show the first. Rules are data of somebody
-- who may have fewer rights than the caller, and CHECKs of a table can be turned off: all is looked at again.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.constraint_want(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_rule VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_want LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Of the constraint procedures: what a rule means in a schema, as JSON'
main: BEGIN
  DECLARE v_kind, v_nulls, v_on_delete VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_table, v_ref, v_live, v_live_ref VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_columns, v_ref_columns, v_expression TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_json, v_json_ref LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_key, v_key_order, v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  -- An expression or a setting that is refused: the rule's problem, and the other rules go on.
  DECLARE EXIT HANDLER FOR SQLSTATE '45000'
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_problem = MESSAGE_TEXT;
    SET p_want = JSON_SET(p_want, '$.problem', v_problem);
  END;

  SELECT kind, table_name, column_names, nulls, expression, ref_table, ref_columns, on_delete
    INTO v_kind, v_table, v_columns, v_nulls, v_expression, v_ref, v_ref_columns, v_on_delete
    FROM purser.constraint_rules WHERE name = p_rule;
  SET p_want = JSON_OBJECT('rule', p_rule, 'kind', v_kind, 'table', v_table, 'missing', NULL, 'problem', NULL);
  IF p_rule NOT RLIKE '^[a-z0-9_]{1,40}$' OR v_kind NOT IN ('unique', 'check', 'foreign_key') OR (v_kind = 'check' AND v_expression IS NULL)
     OR (v_kind <> 'check' AND COALESCE(JSON_TYPE(v_columns) <> 'ARRAY' OR JSON_LENGTH(v_columns) = 0, TRUE))
     OR (v_kind = 'foreign_key' AND (v_ref IS NULL OR COALESCE(JSON_TYPE(v_ref_columns) <> 'ARRAY' OR JSON_LENGTH(v_ref_columns) <> JSON_LENGTH(v_columns), TRUE))) THEN
    SET p_want = JSON_SET(p_want, '$.problem', 'the row of the rule is against the CHECKs of its table');
    LEAVE main;
  END IF;

  CALL purser.constraint_table(p_schema, v_table, v_json);
  IF JSON_VALUE(v_json, '$.type') IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
    SET v_live = JSON_VALUE(v_json, '$.name');
  END IF;
  IF v_ref IS NOT NULL THEN
    CALL purser.constraint_table(p_schema, v_ref, v_json_ref);
    IF JSON_VALUE(v_json_ref, '$.type') IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN
      SET v_live_ref = JSON_VALUE(v_json_ref, '$.name');
    END IF;
  END IF;
  IF v_live IS NULL OR (v_ref IS NOT NULL AND v_live_ref IS NULL) THEN
    SET p_want = JSON_SET(p_want, '$.missing', CONCAT('there is no table ', IF(v_live IS NULL, v_table, v_ref),
      ', or this account sees nothing of it'));
    LEAVE main;
  END IF;
  SET p_want = JSON_SET(p_want, '$.table', v_live, '$.ref_table', v_live_ref, '$.nulls', v_nulls, '$.on_delete', v_on_delete,
    '$.expression', v_expression, '$.live', JSON_COMPACT(v_json), '$.live_ref', JSON_COMPACT(v_json_ref));

  -- The columns as the server spells them.
  FOR side IN (SELECT '$.columns' AS path, v_columns AS names, v_live AS tab, v_json AS live UNION ALL SELECT '$.ref_columns', v_ref_columns, v_live_ref, v_json_ref)
  DO
    IF side.names IS NOT NULL THEN
      SET p_want = JSON_SET(p_want, side.path, JSON_ARRAY());
      FOR c IN (SELECT j.name, s.name AS live
                  FROM JSON_TABLE(side.names, '$[*]' COLUMNS (n FOR ORDINALITY,
                         name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
                  LEFT JOIN JSON_TABLE(side.live, '$.columns[*]' COLUMNS (name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name')) AS s
                    ON LOWER(s.name) = LOWER(j.name)
                 ORDER BY j.n)
      DO
        IF c.live IS NULL THEN
          SET v_problem = CONCAT('there is no column ', side.tab, '.', COALESCE(c.name, 'NULL'), ', or this account does not see it');
        END IF;
        SET p_want = JSON_ARRAY_APPEND(p_want, side.path, c.live);
      END FOR;
    END IF;
  END FOR;
  IF v_problem IS NOT NULL THEN
    SET p_want = JSON_SET(p_want, '$.problem', v_problem);
    LEAVE main;
  END IF;

  CASE v_kind
    WHEN 'unique' THEN CALL purser.constraint_unique(p_schema, p_want);
    WHEN 'check' THEN CALL purser.constraint_check(p_schema, p_want);
    ELSE CALL purser.constraint_foreign_key(p_schema, p_want);
  END CASE;

  -- The first keys as an array of objects. Bytes that are no text are shown in hexadecimal.
  FOR c IN (SELECT s.seq AS n, t.name, t.cs, t.type
              FROM JSON_TABLE(v_json, '$.indexes[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                     column_ VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.column', seq INT PATH '$.seq')) AS s
              JOIN JSON_TABLE(v_json, '$.columns[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
                     cs VARCHAR(64) PATH '$.cs', type VARCHAR(64) PATH '$.type')) AS t ON t.name = s.column_
             WHERE s.name = 'PRIMARY'
             ORDER BY s.seq)
  DO
    SET v_key = CONCAT(v_key, IF(v_key = '', '', ', '),
          CASE WHEN c.cs IS NOT NULL THEN CONCAT('CONVERT(t.', purser.constraint_quoted(c.name), ' USING utf8mb4)')
               WHEN c.type LIKE '%binary' OR c.type LIKE '%blob' THEN CONCAT('CONCAT(''0x'', HEX(t.', purser.constraint_quoted(c.name), '))')
               WHEN c.type = 'bit' THEN CONCAT('t.', purser.constraint_quoted(c.name), ' + 0')
               ELSE CONCAT('t.', purser.constraint_quoted(c.name)) END, ' AS `purser.k', c.n, '`'),
        v_keys = CONCAT(v_keys, IF(v_keys = '', '', ', '), QUOTE(c.name), ', `purser.k', c.n, '`'),
        v_key_order = CONCAT(v_key_order, IF(v_key_order = '', '', ', '), 't.', purser.constraint_quoted(c.name));
  END FOR;
  SET p_want = JSON_SET(p_want,
    '$.count', COALESCE(JSON_VALUE(p_want, '$.count'), CONCAT('SELECT COUNT(*) INTO @purser_constraint FROM ', JSON_VALUE(p_want, '$.from'))),
    '$.keys', IF(v_keys = '', NULL, CONCAT('SELECT JSON_ARRAYAGG(JSON_OBJECT(', v_keys, ')) INTO @purser_constraint FROM (SELECT ', v_key, ' FROM ',
      JSON_VALUE(p_want, '$.from'), ' ORDER BY ', JSON_VALUE(p_want, '$.order'), v_key_order, ' LIMIT 10) AS q')));
END//
DELIMITER ;

-- ---- sql/procedures/create_client_key.sql
-- The secret is in a variable and in the answer alone: statements and logs see its hash.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.create_client_key(
  IN p_client_id BIGINT UNSIGNED,
  IN p_label LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_expires_at DATETIME(6))
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Makes a key of the client API and shows its secret, once; p_expires_at in UTC, NULL: never'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_label LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_label, '');
  DECLARE v_key VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin DEFAULT '';
  DECLARE v_secret VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin;
  DECLARE v_hash BINARY(32);
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  -- SELECT … INTO, as a subquery of SET would lock the client.
  SELECT MAX(status) INTO v_status FROM purser.clients WHERE id = p_client_id;
  SET v_why = CASE
    WHEN CHAR_LENGTH(v_label) > 100 OR v_label REGEXP '[[:cntrl:]]' THEN 'p_label must be one line of at most 100 characters'
    WHEN p_expires_at <= UTC_TIMESTAMP(6) THEN CONCAT('p_expires_at: ', p_expires_at, ' (UTC) is in the past; NULL is never')
    WHEN v_status = 'closed' THEN CONCAT('p_client_id: client ', p_client_id, ' is closed') END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  WHILE CHAR_LENGTH(v_key) < 27 DO
    SET v_key = CONCAT('pk_', LEFT(REGEXP_REPLACE(TO_BASE64(RANDOM_BYTES(36)), '[^A-Za-z0-9]', ''), 24));
  END WHILE;
  SET v_secret = purser_client_secret(v_key);
  SET v_hash = UNHEX(SHA2(v_secret, 256));
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_create_client_key;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_create_client_key;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.client_keys (key_id, client_id, secret_hash, label, expires_at)
    VALUES (v_key, p_client_id, v_hash, v_label, p_expires_at);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_create_client_key;
  END IF;
  SELECT v_key AS key_id, v_secret AS secret, p_client_id AS client_id, v_label AS label, p_expires_at AS expires_at;
END//
DELIMITER ;

-- ---- sql/procedures/end_pricing_override.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.end_pricing_override(
  IN p_id BIGINT UNSIGNED,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Ends an override now; one that has not begun is taken away (admin_log keeps it)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_from, v_until DATETIME(6) DEFAULT NULL;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_client BIGINT UNSIGNED DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(client_id) INTO v_client FROM purser.pricing_overrides WHERE id = p_id;
  IF v_client IS NULL THEN
    SET v_why = CONCAT('p_id: there is no override ', COALESCE(p_id, 'NULL'), ' in purser.pricing_overrides');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.client_reason(p_reason);
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_end_pricing_override;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_end_pricing_override;
      END;
      RESIGNAL;
    END;
    -- Whoever changes overrides takes turns, before anything else is locked: the triggers would ask for the turn later, and two who hold what
    -- the other wants would end in a deadlock.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    -- The client before its overrides, as who counts the first transaction of a month locks them.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(id) INTO v_client FROM purser.clients WHERE id = v_client FOR UPDATE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(starts_at), MAX(ends_at) INTO v_from, v_until FROM purser.pricing_overrides WHERE id = p_id FOR UPDATE;
    IF v_until IS NULL OR v_until <= v_now THEN
      SET v_why = CONCAT('p_id: override ', p_id, ' has ended already', COALESCE(CONCAT(', at ', v_until, ' (UTC)'), ''));
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    IF v_from >= v_now THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      DELETE FROM purser.pricing_overrides WHERE id = p_id;
    ELSE
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.pricing_overrides SET ends_at = v_now WHERE id = p_id;
    END IF;
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_end_pricing_override;
  END IF;
  SELECT p_id AS id, v_client AS client_id, v_from AS starts_at, IF(v_from >= v_now, NULL, v_now) AS ends_at,
         IF(v_from >= v_now, 'taken away', 'ended') AS state;
END//
DELIMITER ;

-- ---- sql/procedures/import_gateway_file.sql
-- INVOKER: the file is read with the caller's own FILE privilege, within secure_file_priv.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.import_gateway_file(
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_source LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Imports a merchant''s export: the path of a file on the server, or the rows themselves (JSON, or CSV with its header line)'
BEGIN
  DECLARE v_content LONGBLOB;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF COALESCE(p_source, '') = '' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_source is missing: give the path of a file on the server, or the rows themselves';
  END IF;

  IF LEFT(p_source, 1024) REGEXP '^[[:space:]\\x{FEFF}]*[\\[{]'
     OR LOCATE('\n', p_source) > 0 OR LOCATE('\r', p_source) > 0 THEN
    SET v_content = p_source;
  ELSE
    SET v_content = LOAD_FILE(p_source);
    IF v_content IS NULL THEN
      SET v_why = CONCAT('Cannot read the file ''', LEFT(p_source, 120), '''. Either this account lacks the FILE privilege, or ',
        IF(COALESCE(@@GLOBAL.secure_file_priv, '') = '', '',
           CONCAT('it is not below secure_file_priv (', LEFT(@@GLOBAL.secure_file_priv, 80), '), or ')),
        'it does not exist on the server (the path must be absolute), or not everybody may read it (chmod o+r), or it is larger than max_allowed_packet (',
        @@max_allowed_packet, ' bytes)');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;
  CALL purser.import_gateway_rows(p_gateway, v_content);
END//
DELIMITER ;

-- ---- sql/procedures/import_gateway_rows.sql
-- The content goes on as bytes, so that what is not UTF-8 is refused by the parser and not turned
-- into question marks here.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.import_gateway_rows(
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_content LONGBLOB)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Stores a merchant''s export, given as CSV or JSON text; all rows or none'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_days TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF @@in_transaction = 1 THEN
    SET v_why = 'An import cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  ELSEIF COALESCE(p_gateway, '') = '' THEN
    SET v_why = 'p_gateway is missing: name the gateway that the records are of';
  ELSEIF COALESCE(LENGTH(p_content), 0) = 0 THEN
    SET v_why = 'There is nothing to import: the content is empty';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('import', JSON_OBJECT('gateway', p_gateway), USER(), p_content) USING utf8mb4)
    INTO v_answer;
  IF v_answer IS NULL OR JSON_VALUE(v_answer, '$.records') IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;

  FOR d IN (SELECT a.day
              FROM JSON_TABLE(v_answer, '$.days[*]' COLUMNS (
                day VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS a
             ORDER BY a.day)
  DO
    SET v_days = CONCAT(v_days, IF(v_days = '', '', ', '), d.day);
  END FOR;
  SELECT p_gateway AS gateway,
         CAST(JSON_VALUE(v_answer, '$.records') AS UNSIGNED) AS records,
         v_days AS days,
         CONCAT(JSON_VALUE(v_answer, '$.stored'), ' rows stored; CALL purser.reconcile(day, ',
                QUOTE(p_gateway), ') compares a day with the orders') AS note;
END//
DELIMITER ;

-- ---- sql/procedures/list_clients.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_clients(
  IN p_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Clients with what they have used in a month; p_filters is a JSON object'
BEGIN
  DECLARE v_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(NULLIF(TRIM(p_filters), ''), '{}');
  DECLARE v_package, v_status, v_name, v_email, v_external, v_sort LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_above, v_below DECIMAL(12,4) DEFAULT NULL;
  DECLARE v_limit BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_closed BOOLEAN DEFAULT FALSE;
  DECLARE v_packages BIGINT;
  DECLARE v_package_is, v_volume_limit, v_transaction_limit, v_order TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  CALL purser.list_filters(v_filters);
  SET v_package = JSON_VALUE(v_filters, '$.package'), v_status = JSON_VALUE(v_filters, '$.status'),
      v_name = LOWER(JSON_VALUE(v_filters, '$.name')), v_email = LOWER(JSON_VALUE(v_filters, '$.email')),
      v_external = JSON_VALUE(v_filters, '$.external_id'), v_above = JSON_VALUE(v_filters, '$.usage_above'),
      v_below = JSON_VALUE(v_filters, '$.usage_below'), v_limit = COALESCE(JSON_VALUE(v_filters, '$.limit'), 18446744073709551615),
      v_sort = COALESCE(JSON_VALUE(v_filters, '$.sort'), 'id'),
      v_month = COALESCE(JSON_VALUE(v_filters, '$.month'), purser.usage_month(UTC_TIMESTAMP(6)));
  SELECT MAX(closed_at IS NOT NULL) INTO v_closed FROM purser.usage_months WHERE month = v_month AND starts_at <= UTC_TIMESTAMP(6);
  SELECT COUNT(*) INTO v_packages FROM purser.packages WHERE name = v_package;
  IF v_month IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'purser.usage_months is empty: CALL purser.usage_calendar()';
  ELSEIF v_closed IS NULL THEN
    SET v_why = CONCAT('p_filters: the month ', v_month, ' has not begun, or is before the first in purser.usage_months');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF v_package IS NOT NULL AND v_packages = 0 THEN
    SET v_why = CONCAT('p_filters: there is no package ''', LEFT(v_package, 64), ''': CALL purser.list_packages()');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  -- Of a closed month the limits are those of then; a client that has no row of then gets those of now.
  SET v_package_is = IF(v_closed, 'COALESCE(h.package, c.package)', 'c.package'),
      v_volume_limit = IF(v_closed, 'IF(h.client_id IS NULL, COALESCE(o.volume_limit, p.volume_limit), h.volume_limit)', 'COALESCE(o.volume_limit, p.volume_limit)'),
      v_transaction_limit = IF(v_closed, 'IF(h.client_id IS NULL, COALESCE(o.transaction_limit, p.transaction_limit), h.transaction_limit)',
        'COALESCE(o.transaction_limit, p.transaction_limit)'),
      v_order = CONCAT(CASE TRIM(LEADING '-' FROM v_sort) WHEN 'name' THEN 'name' WHEN 'usage' THEN 'usage_percent'
        WHEN 'volume' THEN 'volume' WHEN 'transactions' THEN 'transactions' ELSE 'client_id' END,
        IF(LEFT(v_sort, 1) = '-', ' DESC', ''), IF(v_sort IN ('id', '-id'), '', ', client_id'));

  -- Values come by USING. By id the clients are read in the order of their key, each with its rows by an index, and sent
  -- at once: a join buffer, or tables in another order, would keep a million of them for a sort.
  EXECUTE IMMEDIATE CONCAT(
    'SELECT STRAIGHT_JOIN c.id AS client_id, c.name AS name, c.email AS email, ', v_package_is, ' AS package, c.status AS status, ',
    '? AS month, COALESCE(SUM(u.volume), 0) AS volume, ', v_volume_limit, ' AS volume_limit, ',
    'COALESCE(SUM(u.transactions), 0) AS transactions, ', v_transaction_limit, ' AS transaction_limit, ',
    'CAST(NULLIF(GREATEST(',
    REPLACE(REPLACE('CASE WHEN {l} IS NULL THEN -1 WHEN {u} <= 0 THEN 0 WHEN {l} = 0 THEN 999 WHEN {u} >= {l} * 9999999.0 THEN 999999900 ELSE (({u} * 10000.0) DIV {l}) * 0.01 END', '{u}', 'COALESCE(SUM(u.volume), 0)'), '{l}', v_volume_limit), ', ',
    REPLACE(REPLACE('CASE WHEN {l} IS NULL THEN -1 WHEN {u} <= 0 THEN 0 WHEN {l} = 0 THEN 999 WHEN {u} >= {l} * 9999999.0 THEN 999999900 ELSE (({u} * 10000.0) DIV {l}) * 0.01 END', '{u}', 'COALESCE(SUM(u.transactions), 0)'), '{l}', v_transaction_limit),
    '), -1) AS DECIMAL(12,2)) AS usage_percent, ', IF(v_closed, 'COALESCE(h.currency, p.currency)', 'p.currency'), ' AS currency ',
    'FROM purser.clients AS c ', IF(v_external IS NULL, 'FORCE INDEX FOR GROUP BY (PRIMARY) ', ''),
    'JOIN purser.packages AS p FORCE INDEX (PRIMARY) ON p.name = c.package ',
    'LEFT JOIN purser.pricing_overrides AS o FORCE INDEX (no_overlap) ON o.client_id = c.id AND o.currency = p.currency ',
    'AND o.starts_at <= UTC_TIMESTAMP(6) AND o.ends_at > UTC_TIMESTAMP(6) ',
    IF(v_closed, 'LEFT JOIN purser.usage_history AS h FORCE INDEX (PRIMARY) ON h.client_id = c.id AND h.month = ? ', ''),
    'LEFT JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = c.id AND u.month = ? ',
    'WHERE ', IF(v_closed, '', '? IS NOT NULL AND '), '(? IS NULL OR c.package = ?) AND (? IS NULL OR c.status = ?) AND (? IS NULL OR LOCATE(?, LOWER(c.name)) > 0) ',
    'AND (? IS NULL OR LOWER(c.email) = ?) AND (? IS NULL OR c.external_id = ?) ',
    'GROUP BY c.id HAVING (? IS NULL OR usage_percent > ?) AND (? IS NULL OR usage_percent < ?) ',
    'ORDER BY ', v_order, ' LIMIT ?')
  USING v_month, v_month, v_month, v_package, v_package, v_status, v_status, v_name, v_name, v_email, v_email,
        v_external, v_external, v_above, v_above, v_below, v_below, v_limit;
END//
DELIMITER ;

-- ---- sql/procedures/list_filter.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_filter(
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_value LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_pattern VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_what VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a filter is not of that form. Used by list_clients'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF p_value NOT REGEXP p_pattern THEN
    SET v_why = CONCAT('p_filters: "', p_name, '" must be ', p_what, ', not ''', LEFT(p_value, 64), '''');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/list_filters.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_filters(
  IN p_filters LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a member is unknown or of another form than it has to be. Used by list_clients'
BEGIN
  DECLARE v_keys LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_filters), FALSE) OR JSON_TYPE(p_filters) <> 'OBJECT' OR CHAR_LENGTH(p_filters) > 65535 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_filters must be a JSON object, as {"package": "pro", "usage_above": 80}, or NULL for all';
  END IF;
  SET v_keys = JSON_KEYS(p_filters);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
    IF v_key NOT IN ('package', 'status', 'usage_above', 'usage_below', 'name', 'email', 'external_id', 'sort', 'limit', 'month') THEN
      SET v_why = LEFT(CONCAT('p_filters: there is no "', LEFT(v_key, 64),
        '"; there are package, status, usage_above, usage_below, name, email, external_id, month, sort, limit'), 512);
    ELSEIF JSON_TYPE(JSON_EXTRACT(p_filters, CONCAT('$.', v_key))) NOT IN ('STRING', 'INTEGER', 'DOUBLE', 'NULL') THEN
      SET v_why = CONCAT('p_filters: "', v_key, '" must be a text or a number');
    END IF;
    SET i = i + 1;
  END WHILE;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.list_filter('status', JSON_VALUE(p_filters, '$.status'), '^(active|suspended|closed)$', 'active, suspended or closed');
  CALL purser.list_filter('usage_above', JSON_VALUE(p_filters, '$.usage_above'), '^[0-9]{1,7}([.][0-9]{1,4})?$', 'a number of percent');
  CALL purser.list_filter('usage_below', JSON_VALUE(p_filters, '$.usage_below'), '^[0-9]{1,7}([.][0-9]{1,4})?$', 'a number of percent');
  CALL purser.list_filter('sort', JSON_VALUE(p_filters, '$.sort'), '^-?(id|name|usage|volume|transactions)$',
    'id, name, usage, volume or transactions, with - in front for the largest first');
  CALL purser.list_filter('limit', JSON_VALUE(p_filters, '$.limit'), '^[1-9][0-9]{0,17}$', 'a number of rows from 1 on');
  CALL purser.list_filter('month', JSON_VALUE(p_filters, '$.month'), '^[0-9]{4}-(0[1-9]|1[0-2])$', 'a month, as 2025-07');
END//
DELIMITER ;

-- ---- sql/procedures/list_packages.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_packages()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The packages in the order of upgrade, with how many clients have each'
SELECT p.name, p.position, p.description, p.price, p.currency, p.volume_limit, p.transaction_limit, p.thresholds,
       p.hard_stop, p.offered,
       (SELECT COUNT(*) FROM purser.clients AS c WHERE c.package = p.name) AS clients
  FROM purser.packages AS p
 ORDER BY p.position//
DELIMITER ;

-- ---- sql/procedures/list_pricing_overrides.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.list_pricing_overrides(
  IN p_client_id BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Prices and limits of one client, or of all (NULL), with their state'
BEGIN
  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  SELECT o.id, o.client_id, c.name, o.price, o.volume_limit, o.transaction_limit, o.currency, o.starts_at,
         NULLIF(o.ends_at, '9999-12-31 00:00:00') AS ends_at,
         CASE WHEN o.ends_at <= UTC_TIMESTAMP(6) THEN 'ended' WHEN o.starts_at > UTC_TIMESTAMP(6) THEN 'to come'
              WHEN o.currency <> p.currency THEN 'other currency' ELSE 'in force' END AS state,
         o.reason, o.created_at, o.created_by
    FROM purser.pricing_overrides AS o
    JOIN purser.clients AS c ON c.id = o.client_id
    JOIN purser.packages AS p ON p.name = c.package
   WHERE p_client_id IS NULL OR o.client_id = p_client_id
   ORDER BY o.client_id, o.starts_at;
END//
DELIMITER ;

-- ---- sql/procedures/map_app.sql
-- INVOKER: whoever maps a shop needs the rights to make the views and to grant on its tables.
-- The worker is granted just the columns that the views show: no e-mail address, no password hash.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.map_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the views app_payments, app_orders, app_gadgets, app_order_items and app_users over the tables of a shop'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_quoted VARCHAR(132) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_former VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_ref_kind, v_updated_at BOOLEAN;

  CALL purser.check_app(p_schema, v_schema);
  SET v_quoted = CONCAT('`', REPLACE(v_schema, '`', '``'), '`');
  SET v_ref_kind = EXISTS (SELECT 1 FROM information_schema.COLUMNS
                            WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'ref_kind');
  SET v_updated_at = EXISTS (SELECT 1 FROM information_schema.COLUMNS
                              WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'updated_at');

  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_payments AS SELECT ',
    'o.id AS order_id, o.provider AS gateway, o.external_tx_ref AS transaction_ref, ',
    IF(v_ref_kind, 'o.ref_kind', '''checkout'''), ' AS ref_kind, ',
    'IF(o.currency = ''GBP'', o.total_amount_gbp, o.total_amount) AS amount, o.currency AS currency, ',
    'o.payment_status AS status, o.created_at AS created_at FROM ', v_quoted, '.orders AS o');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_orders AS SELECT ',
    'o.id AS order_id, o.status AS status, o.created_at AS created_at, ',
    IF(v_updated_at, 'o.updated_at', 'o.created_at'), ' AS updated_at FROM ', v_quoted, '.orders AS o');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_gadgets AS SELECT ',
    'g.id AS gadget_id, g.stock_quantity AS stock_quantity, g.in_stock AS in_stock FROM ',
    v_quoted, '.gadgets AS g');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_order_items AS SELECT ',
    'i.order_id AS order_id, i.gadget_id AS gadget_id, i.variant_id AS variant_id, i.item_type AS item_type, ',
    'i.storage AS storage, i.quantity AS quantity, i.unit_price AS unit_price, i.unit_price_gbp AS unit_price_gbp, ',
    'i.total_price AS total_price, i.total_price_gbp AS total_price_gbp FROM ', v_quoted, '.order_items AS i');
  EXECUTE IMMEDIATE CONCAT(
    'CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_users AS SELECT ',
    'u.id AS user_id, u.subscription_status AS subscription_status, ',
    'u.subscription_active AS subscription_active, ',
    'u.subscription_renewal_date AS subscription_renewal_date FROM ', v_quoted, '.users AS u');

  -- Whoever has the role uses the views with rights of their own on the shop's tables.
  GRANT SELECT ON purser.app_payments TO purser_app;
  GRANT SELECT ON purser.app_orders TO purser_app;
  GRANT SELECT, UPDATE (stock_quantity, in_stock) ON purser.app_gadgets TO purser_app;
  GRANT SELECT, INSERT ON purser.app_order_items TO purser_app;
  GRANT SELECT, UPDATE (subscription_status, subscription_active) ON purser.app_users TO purser_app;

  SET v_former = (SELECT value FROM purser.settings WHERE name = 'app_schema');
  IF v_former <> v_schema THEN
    CALL purser.revoke_app(v_former);
  END IF;
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, provider, external_tx_ref, ', IF(v_ref_kind, 'ref_kind, ', ''),
    IF(v_updated_at, 'updated_at, ', ''),
    'total_amount, total_amount_gbp, currency, status, payment_status, created_at) ON ', v_quoted,
    '.orders TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, stock_quantity, in_stock) ON ', v_quoted,
    '.gadgets TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (order_id, gadget_id, variant_id, item_type, storage, quantity, ',
    'unit_price, unit_price_gbp, total_price, total_price_gbp) ON ', v_quoted,
    '.order_items TO `purser`@`localhost`');
  EXECUTE IMMEDIATE CONCAT('GRANT SELECT (id, subscription_status, subscription_active, ',
    'subscription_renewal_date) ON ', v_quoted, '.users TO `purser`@`localhost`');

  INSERT INTO purser.settings (name, value) VALUES ('app_schema', v_schema)
  ON DUPLICATE KEY UPDATE value = VALUES(value);
  -- The views and grants are committed already; without autocommit this row would be lost alone.
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/map_usage.sql
-- INVOKER: whoever maps a table needs TRIGGER on it, the right to grant on it, to make triggers of another definer and
-- views in purser. Each statement commits.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.map_usage(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Counts the rows of a table of the application, by triggers, in place of purser.client_transactions'
BEGIN
  DECLARE v_schema, v_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_spec, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_begun BOOLEAN DEFAULT FALSE;
  DECLARE v_wait BIGINT UNSIGNED DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    -- Half of it would count half.
    IF v_begun THEN
      BEGIN
        DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
        CALL purser.usage_map_drop();
        COMMIT AND NO CHAIN NO RELEASE;
      END;
    END IF;
    SET SESSION lock_wait_timeout = v_wait;
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  CALL purser.usage_map_table(p_schema, p_table, v_schema, v_table);
  CALL purser.triggers_lock(TRUE);
  CALL purser.usage_map_options(v_schema, v_table, p_options, v_spec);
  SELECT CONCAT('p_table: there is a trigger ', TRIGGER_SCHEMA, '.', TRIGGER_NAME, ' on ''', EVENT_OBJECT_TABLE, ''' that is not Purser''s: rename it') INTO v_why
    FROM information_schema.TRIGGERS
   WHERE TRIGGER_SCHEMA = v_schema AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete')
     AND DEFINER <> 'purser_definer@localhost' LIMIT 1;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- While a trigger waits for a long transaction, every payment waits behind it: not for long (error 1205).
  SET SESSION lock_wait_timeout = LEAST(v_wait, 5);
  -- Whoever may not grant leaves what was mapped before as it is.
  SET v_sql = CONCAT('GRANT SELECT, TRIGGER ON ', purser.constraint_quoted(v_schema), '.', purser.constraint_quoted(v_table),
    ' TO `purser_definer`@`localhost`');
  EXECUTE IMMEDIATE v_sql;
  SELECT MAX(value) INTO v_old FROM purser.settings WHERE name = 'usage_table';
  CALL purser.usage_map_drop();
  SET v_begun = TRUE;
  EXECUTE IMMEDIATE v_sql;
  INSERT INTO purser.settings (name, value) VALUES ('usage_table', JSON_ARRAY(v_schema, v_table));
  CALL purser.usage_map_view(v_schema, v_table, v_spec);
  -- The triggers keep this mode: none of it lets a value that has to be cut fail a payment.
  SET SESSION sql_mode = '';
  FOR e IN (SELECT j.name FROM JSON_TABLE('["INSERT", "UPDATE", "DELETE"]', '$[*]' COLUMNS (name VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    SET v_sql = purser.usage_map_trigger(v_schema, v_table, e.name, v_spec);
    EXECUTE IMMEDIATE v_sql;
  END FOR;
  CALL purser.usage_map_note(v_old, v_spec);
  COMMIT AND NO CHAIN NO RELEASE;
  SET SESSION lock_wait_timeout = v_wait;
  CALL purser.triggers_lock(FALSE);
  SELECT CONCAT(v_schema, '.', v_table) AS counted,
         'What was there before is not counted yet: CALL purser.recount_usage(NULL, NULL)' AS note;
END//
DELIMITER ;

-- ---- sql/procedures/outbox_replay.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.outbox_replay(
  IN p_id BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sends a message again that was given up; NULL: all of them'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_count BIGINT DEFAULT 0;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  IF p_id IS NOT NULL THEN
    SELECT MAX(state) INTO v_state FROM purser.outbox WHERE id = p_id;
    SET v_why = CASE v_state
      WHEN 'dead' THEN NULL
      WHEN 'waiting' THEN CONCAT('Message ', p_id, ' is waiting to be sent already')
      WHEN 'sent' THEN CONCAT('Message ', p_id, ' was sent: only what was given up is sent again')
      ELSE CONCAT('There is no message ', p_id, ' in purser.outbox') END;
    IF v_why IS NOT NULL THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  END IF;

  SAVEPOINT purser_outbox_replay;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_outbox_replay;
      END;
      RESIGNAL;
    END;
    -- a usage alert goes to the client's present address: a wrong one may be why it was given up
    -- (a row that a session without the table's checks has put there holds up no other)
    SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
    UPDATE purser.outbox AS o
      JOIN purser.usage_alerts AS a ON a.outbox_id = o.id
      JOIN purser.clients AS c ON c.id = a.client_id
       SET o.recipient = c.email
     WHERE o.state = 'dead' AND o.kind = 'usage_alert' AND (p_id IS NULL OR o.id = p_id) AND o.recipient <> c.email;
    SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
    UPDATE purser.outbox
       SET state = 'waiting', attempts = 0, next_attempt_at = UTC_TIMESTAMP(6), give_up_from = UTC_TIMESTAMP(6),
           finished_at = NULL
     WHERE state = 'dead' AND (p_id IS NULL OR id = p_id)
     ORDER BY id;
    SET v_count = ROW_COUNT();
    IF v_count > 0 THEN
      INSERT INTO purser.alert_events (at, actor, action, what)
      VALUES (UTC_TIMESTAMP(6), v_actor, 'replay',
              IF(p_id IS NULL, CONCAT('all, ', v_count, ' messages'), CONCAT('message ', p_id)));
    END IF;
    SELECT v_count AS messages;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_outbox_replay;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/override_number.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.override_number(
  IN p_name VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_text VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_pattern VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_what VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where an argument is not such a number. Used by set_pricing_override'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SET p_text = TRIM(p_text);
  IF p_text NOT REGEXP p_pattern THEN
    SET v_why = CONCAT(p_name, ' must be ', p_what, ', or NULL for the package''s, not ''', p_text, '''');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/reconcile.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reconcile(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Reconciles a day (NULL: yesterday) with a gateway (NULL: all enabled), waits, and answers with the summary and the discrepancies'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_date DATE;

  CALL purser.request_reconcile(p_date, p_gateway, TRUE, v_answer);
  SET v_date = JSON_VALUE(v_answer, '$.date');

  WITH runs AS (
    SELECT r.*
      FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (id BIGINT UNSIGNED PATH '$.id')) AS a
      JOIN purser.reconciliation_runs AS r ON r.id = a.id),
  summary AS (
    SELECT 0 AS position, gateway, state, internal_records, gateway_records, matched, discrepancies, error
      FROM runs
    UNION ALL
    SELECT 1, 'ALL',
           CASE WHEN SUM(state = 'running') > 0 THEN 'running'
                WHEN SUM(state = 'failed') > 0 THEN 'failed'
                WHEN SUM(state = 'incomplete') > 0 THEN 'incomplete'
                ELSE 'complete' END,
           CAST(COALESCE(SUM(internal_records), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(gateway_records), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(matched), 0) AS UNSIGNED),
           CAST(COALESCE(SUM(discrepancies), 0) AS UNSIGNED),
           NULL
      FROM runs)
  SELECT v_date AS report_date, gateway, state, internal_records, gateway_records, matched, discrepancies,
         purser.percent(matched, internal_records) AS match_rate,
         purser.percent(discrepancies, internal_records) AS discrepancy_rate,
         error
    FROM summary
   ORDER BY position, gateway;

  SELECT d.id, d.gateway, d.type, d.order_id, d.transaction_ref, d.gateway_transaction_id,
         d.internal_amount, d.gateway_amount, d.difference, d.currency, d.state, d.detail
    FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (
           gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.gateway')) AS a
    JOIN purser.discrepancies AS d ON d.gateway = a.gateway AND d.business_date = v_date AND d.holds
   ORDER BY d.gateway, d.type, d.transaction_ref, d.order_id, d.gateway_transaction_id;
END//
DELIMITER ;

-- ---- sql/procedures/reconcile_async.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reconcile_async(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Begins to reconcile a day (NULL: yesterday) with a gateway (NULL: all enabled) and returns at once with the runs'
BEGIN
  DECLARE v_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  CALL purser.request_reconcile(p_date, p_gateway, FALSE, v_answer);
  SELECT a.run_id, a.gateway, a.state
    FROM JSON_TABLE(v_answer, '$.runs[*]' COLUMNS (
           run_id BIGINT UNSIGNED PATH '$.id',
           gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.gateway',
           state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.state')) AS a
   ORDER BY a.gateway;
END//
DELIMITER ;

-- ---- sql/procedures/recount_client.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.recount_client(
  IN p_client BIGINT UNSIGNED,
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from DATETIME(6),
  IN p_end DATETIME(6),
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_changed BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Counts one client''s month anew, in a transaction of its own. Used by recount_usage'
BEGIN
  DECLARE v_old_volume, v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_old_transactions, v_old_other, v_transactions, v_other, v_slots BIGINT DEFAULT 0;
  DECLARE v_tries INT UNSIGNED DEFAULT 0;
  DECLARE v_done BOOLEAN DEFAULT FALSE;

  REPEAT
    BEGIN
      DECLARE EXIT HANDLER FOR 1213, 1205, 1020
      BEGIN
        ROLLBACK AND NO CHAIN NO RELEASE;
        SET v_tries = v_tries + 1;
        IF v_tries > 20 THEN
          RESIGNAL;
        END IF;
      END;
      COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
      SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
      START TRANSACTION;
      -- First the lock, which waits for whoever is counting; only then the view of the data is taken, and it has all
      -- of them. Whoever counts later waits for this, and adds to it.
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0), COUNT(*)
        INTO v_old_volume, v_old_transactions, v_old_other, v_slots
        FROM purser.client_usage WHERE client_id = p_client AND month = p_month FOR UPDATE;
      SELECT COALESCE(SUM(IF(COALESCE(a.currency, p.currency) <> p.currency, 0, a.amount)), 0), COALESCE(SUM(a.amount >= 0), 0),
             COALESCE(SUM(a.amount >= 0 AND COALESCE(a.currency, p.currency) <> p.currency), 0)
        INTO v_volume, v_transactions, v_other
        FROM purser.app_client_usage AS a
        JOIN purser.clients AS c ON c.id = a.client_id
        JOIN purser.packages AS p ON p.name = c.package
       WHERE a.client_id = p_client AND a.amount IS NOT NULL AND a.occurred_at >= p_from AND a.occurred_at < p_end;
      IF v_volume <> v_old_volume OR v_transactions <> v_old_transactions OR v_other <> v_old_other THEN
        IF v_slots > 0 THEN
          SET STATEMENT innodb_snapshot_isolation = 0 FOR
          UPDATE purser.client_usage
             SET volume = volume + v_volume - v_old_volume, transactions = transactions + v_transactions - v_old_transactions,
                 other_currency = other_currency + v_other - v_old_other, due = TRUE
           WHERE client_id = p_client AND month = p_month
           ORDER BY slot LIMIT 1;
        ELSE
          INSERT INTO purser.client_usage (client_id, month, slot, volume, transactions, other_currency)
          VALUES (p_client, p_month, 0, v_volume, v_transactions, v_other);
        END IF;
        SET p_changed = p_changed + 1;
        IF p_changed <= 1000 THEN
          SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(p_client, p_month, v_old_volume, v_volume, v_old_transactions, v_transactions));
        END IF;
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      SET v_done = TRUE;
    END;
  UNTIL v_done END REPEAT;
END//
DELIMITER ;

-- ---- sql/procedures/recount_usage.sql
-- Shown are the first 1000 that differed; all of them are counted anew. rows_of_nobody have no client, amount or moment (or one after the year 8999):
-- they are not counted at all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.recount_usage(
  IN p_client_id BIGINT UNSIGNED,
  IN p_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Counts anew what a client (NULL: all) used in a month that is open (NULL: each), and says what differed'
BEGIN
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_changed, v_bad BIGINT DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- Of a table with system versioning a session may look at former rows; what is counted are those of now.
  DECLARE v_as_of VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT @@SESSION.system_versioning_asof;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_as_of <> 'DEFAULT' THEN
      SET SESSION system_versioning_asof = v_as_of;
    END IF;
    RESIGNAL;
  END;

  IF @@in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'recount_usage works in transactions of its own: COMMIT or ROLLBACK first';
  END IF;
  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  IF p_month IS NOT NULL AND NOT EXISTS (SELECT 1 FROM purser.usage_months
       WHERE month = p_month AND closed_at IS NULL AND starts_at <= UTC_TIMESTAMP(6)) THEN
    SET v_why = CONCAT('p_month: ', LEFT(p_month, 16), ' is no month that has begun and is open (purser.usage_months)');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SET SESSION system_versioning_asof = DEFAULT;
  FOR m IN (
    SELECT n.month, n.closed_at,
           CAST(IF(n.starts_at = (SELECT MIN(o.starts_at) FROM purser.usage_months AS o), '0000-00-00', n.starts_at) AS DATETIME(6)) AS starts_at,
           COALESCE((SELECT MIN(o.starts_at) FROM purser.usage_months AS o WHERE o.starts_at > n.starts_at), '9000-01-01') AS ends_at
      FROM purser.usage_months AS n
     WHERE n.closed_at IS NULL AND (p_month IS NULL OR n.month = p_month)
       AND (n.starts_at <= UTC_TIMESTAMP(6) OR (SELECT 1 FROM purser.client_usage AS u WHERE u.month = n.month LIMIT 1) IS NOT NULL)
     ORDER BY n.month)
  DO
    -- Rows and counts of one moment: where they differ, somebody has to be counted anew.
    FOR d IN (
      SELECT x.client_id
        FROM (SELECT a.client_id AS client_id, IF(COALESCE(a.currency, p.currency) <> p.currency, 0, a.amount) AS volume,
                     a.amount >= 0 AS transactions, a.amount >= 0 AND COALESCE(a.currency, p.currency) <> p.currency AS other
                FROM purser.app_client_usage AS a
                JOIN purser.clients AS c ON c.id = a.client_id
                JOIN purser.packages AS p ON p.name = c.package
               WHERE a.occurred_at >= m.starts_at AND a.occurred_at < m.ends_at AND a.amount IS NOT NULL
                 AND (p_client_id IS NULL OR a.client_id = p_client_id)
              UNION ALL
              SELECT u.client_id, -u.volume, -u.transactions, -u.other_currency FROM purser.client_usage AS u
               WHERE u.month = m.month AND (p_client_id IS NULL OR u.client_id = p_client_id)) AS x
       GROUP BY x.client_id
      HAVING SUM(x.volume) <> 0 OR SUM(x.transactions) <> 0 OR SUM(x.other) <> 0)
    DO
      CALL purser.recount_client(d.client_id, m.month, m.starts_at, m.ends_at, v_rows, v_changed);
    END FOR;
  END FOR;
  IF p_client_id IS NULL THEN
    SELECT COUNT(*) INTO v_bad FROM purser.app_client_usage AS a LEFT JOIN purser.clients AS c ON c.id = a.client_id
     WHERE c.id IS NULL OR a.amount IS NULL OR a.occurred_at IS NULL OR a.occurred_at >= '9000-01-01';
  END IF;
  COMMIT AND NO CHAIN NO RELEASE;
  IF v_as_of <> 'DEFAULT' THEN
    SET SESSION system_versioning_asof = v_as_of;
  END IF;
  SELECT j.client_id, j.month, j.old_volume, j.new_volume, j.old_transactions, j.new_transactions
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY, client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           old_volume DECIMAL(25,4) PATH '$[2]', new_volume DECIMAL(25,4) PATH '$[3]',
           old_transactions BIGINT PATH '$[4]', new_transactions BIGINT PATH '$[5]')) AS j
   ORDER BY j.at;
  SELECT v_changed AS counted_anew, v_bad AS rows_of_nobody;
END//
DELIMITER ;

-- ---- sql/procedures/refuse_locks.sql
-- Reads nothing, and asks the server for the locks that a write would take: it refuses that where the
-- session itself has LOCK TABLES (1099, 1100) or FLUSH TABLES WITH READ LOCK (1223).
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.refuse_locks()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Refuses a session that would wait for work which waits for its locks. Used by reconcile and imports'
BEGIN
  DECLARE v_none INT;
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.lock_wait_timeout;
  -- All else (a server that is read-only, a lock of another session) is not for here to say.
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
  DECLARE EXIT HANDLER FOR 1099, 1100, 1223
  BEGIN
    SET SESSION lock_wait_timeout = v_old;
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'Purser: this session holds LOCK TABLES or FLUSH TABLES WITH READ LOCK, and would wait for work that waits for its locks: UNLOCK TABLES first';
  END;
  SET SESSION lock_wait_timeout = 0;
  SELECT COUNT(*) INTO v_none FROM purser.discrepancies AS d, purser.reconciliation_runs AS r WHERE FALSE FOR UPDATE;
  SET SESSION lock_wait_timeout = v_old;
END//
DELIMITER ;

-- ---- sql/procedures/reload_rate_limits.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reload_rate_limits()
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts rate_limit_policies and rate_limit_lists in force on this server at once (the worker does so every few seconds)'
BEGIN
  DECLARE v_done INT;

  SELECT purser_rate_limit_load(purser.rate_limits_json()) INTO v_done;
END//
DELIMITER ;

-- ---- sql/procedures/request_reconcile.sql
-- Before purser_job has answered no InnoDB table may be read here: under REPEATABLE READ the first
-- read fixes what this session sees, and the run's results come later.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.request_reconcile(
  IN p_date DATE,
  IN p_gateway VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  OUT p_answer LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Asks the worker for runs; the answer is its JSON. Used by reconcile and reconcile_async'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF @@in_transaction = 1 THEN
    SET v_why = 'reconcile cannot run inside a transaction: its work is done by Purser''s own account. COMMIT or ROLLBACK first';
  ELSEIF p_date IS NOT NULL AND TO_DAYS(p_date) IS NULL THEN
    SET v_why = CONCAT('p_date is not a date: ', p_date);
  ELSEIF p_date > UTC_DATE() + INTERVAL 1 DAY THEN
    SET v_why = CONCAT('p_date lies in the future: ', p_date);
  ELSEIF p_gateway = '' THEN
    SET v_why = 'p_gateway is empty: give the name of a gateway, or NULL for all that are enabled';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  CALL purser.refuse_locks();
  SELECT CONVERT(purser_job('reconcile',
                            JSON_OBJECT('date', p_date, 'gateway', p_gateway,
                                        'wait', IF(p_wait, JSON_EXTRACT('true', '$'), JSON_EXTRACT('false', '$'))),
                            USER(), NULL) USING utf8mb4)
    INTO p_answer;
  IF p_answer IS NULL OR COALESCE(JSON_TYPE(JSON_EXTRACT(p_answer, '$.runs')), '') <> 'ARRAY' THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'Purser gave no answer that could be understood; look at the server''s error log';
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/reset_monthly_usage.sql
-- Each step is a transaction of its own. A kill leaves the month open with a part of its history: the next call goes on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.reset_monthly_usage()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Closes the months that are over: alerts that are due, then usage_history. The new month begins by itself'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_end DATETIME(6) DEFAULT NULL;
  DECLARE v_clients, v_alerts BIGINT DEFAULT 0;
  DECLARE v_mine BOOLEAN DEFAULT FALSE;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_none BOOLEAN DEFAULT purser_setting('time_zone') IS NULL;

  IF @@in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'reset_monthly_usage works in transactions of its own: COMMIT or ROLLBACK first';
  END IF;
  -- Without the plugin the calendar is good as it is: it was written ten years ahead.
  IF NOT v_none THEN
    CALL purser.usage_calendar();
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
  REPEAT
    SET v_month = NULL;
    SELECT MIN(m.month), (SELECT MIN(n.starts_at) FROM purser.usage_months AS n WHERE n.month > MIN(m.month)) INTO v_month, v_end
      FROM purser.usage_months AS m
     WHERE m.closed_at IS NULL AND m.month < purser.usage_month(UTC_TIMESTAMP(6));
    COMMIT AND NO CHAIN NO RELEASE;
    IF v_month IS NOT NULL THEN
      SET STATEMENT sql_safe_updates = 0 FOR
      CALL purser.usage_check(DATE_FORMAT(CONCAT(v_month, '-01') + INTERVAL 1 MONTH, '%Y-%m'), v_clients, v_alerts);
      CALL purser.usage_close_month(v_month, v_end, v_mine);
      IF v_mine THEN
        SET v_rows = JSON_ARRAY_APPEND(v_rows, '$', JSON_ARRAY(v_month, v_alerts));
      END IF;
    END IF;
  UNTIL v_month IS NULL END REPEAT;
  SELECT j.month, (SELECT COUNT(*) FROM purser.usage_history AS h WHERE h.month = j.month) AS clients,
         (SELECT COALESCE(SUM(h.transactions), 0) FROM purser.usage_history AS h WHERE h.month = j.month) AS transactions,
         j.alerts, (SELECT m.closed_at FROM purser.usage_months AS m WHERE m.month = j.month) AS closed_at
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY, month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', alerts BIGINT PATH '$[1]')) AS j
   ORDER BY j.at;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/resolve_discrepancy.sql
-- With autocommit each statement would be a transaction of its own and the row lock gone after the
-- first: then the procedure makes its own transaction. Otherwise it is part of the caller's.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.resolve_discrepancy(
  IN p_id BIGINT UNSIGNED,
  IN p_resolution VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sets the state of a discrepancy: open, acknowledged, resolved or ignored (the last two with a note)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_holds BOOLEAN;
  DECLARE v_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_note LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
    DEFAULT REGEXP_REPLACE(COALESCE(p_note, ''), '^[[:space:]]+|[[:space:]]+$', '');
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF p_id IS NULL THEN
    SET v_why = 'p_id is NULL: give the id of a discrepancy';
  ELSEIF COALESCE(p_resolution, '') NOT IN ('open', 'acknowledged', 'resolved', 'ignored') THEN
    SET v_why = CONCAT('p_resolution must be open, acknowledged, resolved or ignored, not ',
      IF(p_resolution IS NULL, 'NULL', CONCAT('''', LEFT(p_resolution, 64), '''')));
  ELSEIF p_resolution IN ('resolved', 'ignored') AND v_note = '' THEN
    SET v_why = CONCAT('p_note must say why the discrepancy is ', p_resolution);
  ELSEIF CHAR_LENGTH(v_note) > 1024 THEN
    SET v_why = CONCAT('p_note has ', CHAR_LENGTH(v_note), ' characters; at most 1024 are kept');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT state, holds INTO v_state, v_holds FROM purser.discrepancies WHERE id = p_id FOR UPDATE;
  IF v_state IS NULL THEN
    SET v_why = CONCAT('There is no discrepancy ', p_id);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF v_state = p_resolution THEN
    SET v_why = CONCAT('Discrepancy ', p_id, ' is ', v_state, ' already');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  ELSEIF p_resolution IN ('open', 'acknowledged') AND NOT v_holds THEN
    SET v_why = CONCAT('Discrepancy ', p_id, ' has come right: there is nothing to open again');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SAVEPOINT purser_resolve_discrepancy;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_resolve_discrepancy;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.discrepancies
       SET state = p_resolution,
           changed_at = UTC_TIMESTAMP(6),
           closed_at = IF(p_resolution IN ('resolved', 'ignored'), UTC_TIMESTAMP(6), NULL)
     WHERE id = p_id;
    INSERT INTO purser.discrepancy_events (discrepancy_id, at, actor, from_state, to_state, note)
    VALUES (p_id, UTC_TIMESTAMP(6), v_actor, v_state, p_resolution, v_note);
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_resolve_discrepancy;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/revert_constraints.sql
-- INVOKER: with the caller's own rights on the shop. Newest first: a key before the index that it needs.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revert_constraints(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes away just what apply_constraints has added to a shop'
BEGIN
  DECLARE v_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_outcome, v_algorithm, v_lock VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_in_transaction BOOLEAN DEFAULT @@in_transaction;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.constraint_end(COALESCE(v_schema, ''));
    RESIGNAL;
  END;

  IF v_in_transaction THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'revert_constraints commits, and this session is in a transaction: COMMIT or ROLLBACK first';
  END IF;
  CALL purser.refuse_locks();
  CALL purser.constraint_schema(p_schema, TRUE, v_schema);
  CALL purser.constraint_begin(v_schema);
  FOR o IN (SELECT id, rule_name, table_name, object_type, object_name FROM purser.constraint_objects
             WHERE schema_name = v_schema ORDER BY id DESC)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_message = MESSAGE_TEXT;
        SET v_outcome = 'failed', v_algorithm = NULL, v_lock = NULL;
      END;
      SET STATEMENT max_error_count = 64, sql_big_selects = 1 FOR CALL purser.constraint_drop(o.id, v_outcome, v_algorithm, v_lock, v_message);
    END;
    SET v_rows = JSON_ARRAY_APPEND(v_rows, '$', JSON_OBJECT('rule', o.rule_name, 'table', o.table_name, 'type', o.object_type,
      'name', o.object_name, 'outcome', v_outcome, 'algorithm', v_algorithm, 'lock', v_lock, 'message', v_message));
  END FOR;
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.constraint_end(v_schema);
  SELECT j.rule_name, j.table_name, j.object_type, j.object_name, j.outcome, j.algorithm, j.lock_type, j.message
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           rule_name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.rule',
           table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.table',
           object_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.type',
           object_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           outcome VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.outcome',
           algorithm VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.algorithm',
           lock_type VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.lock',
           message TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/revoke_app.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revoke_app(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes from the worker the columns that map_app granted in a formerly mapped schema. Used by map_app'
BEGIN
  -- The schema, a table or the grant may be gone by now: nothing is left to take.
  DECLARE CONTINUE HANDLER FOR 1049, 1054, 1141, 1146, 1147 BEGIN END;
  FOR g IN (
    SELECT TABLE_NAME AS tab, COLUMN_NAME AS col
      FROM information_schema.COLUMN_PRIVILEGES
     WHERE GRANTEE = '''purser''@''localhost''' AND PRIVILEGE_TYPE = 'SELECT' AND TABLE_SCHEMA = p_schema
       AND TABLE_NAME IN ('orders', 'gadgets', 'order_items', 'users'))
  DO
    EXECUTE IMMEDIATE CONCAT('REVOKE SELECT (`', REPLACE(g.col, '`', '``'), '`) ON `',
      REPLACE(p_schema, '`', '``'), '`.`', REPLACE(g.tab, '`', '``'), '` FROM `purser`@`localhost`');
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/revoke_client_key.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.revoke_client_key(
  IN p_key_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'A key of the client API is good no more'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_found BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_revoked DATETIME(6) DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_reason(p_reason);
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_revoke_client_key;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_revoke_client_key;
      END;
      RESIGNAL;
    END;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(client_id), MAX(revoked_at) INTO v_found, v_revoked FROM purser.client_keys WHERE key_id = p_key_id FOR UPDATE;
    IF v_found IS NULL OR v_revoked IS NOT NULL THEN
      SET v_why = IF(v_found IS NULL,
        CONCAT('p_key_id: there is no key ', COALESCE(CONCAT('''', p_key_id, ''''), 'NULL'), ' in purser.client_keys'),
        CONCAT('p_key_id: the key ', p_key_id, ' was revoked at ', v_revoked, ' (UTC)'));
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.client_keys SET revoked_at = UTC_TIMESTAMP(6) WHERE key_id = p_key_id;
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_revoke_client_key;
  END IF;
  SELECT key_id, client_id, label, created_at, expires_at, revoked_at FROM purser.client_keys WHERE key_id = p_key_id;
END//
DELIMITER ;

-- ---- sql/procedures/selftest.sql
-- INVOKER: it shows what the caller may see; what is hidden from the caller becomes a warning. The
-- lines are gathered in a variable, so that it needs no right to create a temporary table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest()
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Checks the installation, item by item: ok, warning or failed, and what to do'
BEGIN
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  -- JSON_ARRAYAGG cuts its result there, silently.
  DECLARE v_length BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' -- killed
  BEGIN
    SET SESSION group_concat_max_len = v_length;
    RESIGNAL;
  END;
  -- What a part could not handle itself, as a procedure that is missing: the other parts go on.
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    SET v_rows = JSON_ARRAY_APPEND(COALESCE(v_rows, '[]'), '$',
      JSON_OBJECT('name', 'selftest', 'status', 'failed', 'detail', v_why));
  END;

  SET SESSION group_concat_max_len = GREATEST(v_length, 1048576);
  CALL purser.selftest_schema(v_rows);
  CALL purser.selftest_accounts(v_rows);
  CALL purser.selftest_plugin(v_rows);
  CALL purser.selftest_replication(v_rows);
  CALL purser.selftest_app(v_rows);
  CALL purser.selftest_gateways(v_rows);
  CALL purser.selftest_audit(v_rows);
  CALL purser.selftest_usage(v_rows);
  CALL purser.selftest_settings(v_rows);
  SET SESSION group_concat_max_len = v_length;
  SELECT j.check_name, j.status, j.detail
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           check_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
           status VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.status',
           detail VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.detail')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_accounts.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_accounts(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: accounts, roles and what they are granted; needs SELECT on the schema mysql'
BEGIN
  DECLARE c_cure VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'run install.sql again';
  DECLARE v_why, v_definer TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'accounts', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  FOR a IN (
    SELECT n.name, n.title, p.Priv AS priv
      FROM (SELECT 1 AS place, 'purser' AS name, 'account of the worker' AS title
            UNION ALL SELECT 2, 'purser_api', 'account of the client API') AS n
      LEFT JOIN mysql.global_priv AS p ON p.User = CONVERT(n.name USING utf8mb3) COLLATE utf8mb3_bin AND p.Host = 'localhost'
     ORDER BY n.place)
  DO
    SET v_why = CASE
      WHEN a.priv IS NULL THEN CONCAT('there is no account ', a.name, '@localhost')
      WHEN COALESCE(JSON_VALUE(a.priv, '$.account_locked'), 0) THEN CONCAT(a.name, '@localhost is locked')
      WHEN COALESCE(JSON_VALUE(a.priv, '$.plugin'), '') <> 'mysql_native_password'
        THEN CONCAT(a.name, '@localhost does not log in by mysql_native_password but by ', COALESCE(JSON_VALUE(a.priv, '$.plugin'), 'nothing'))
      WHEN COALESCE(JSON_VALUE(a.priv, '$.authentication_string'), '') = '' THEN CONCAT(a.name, '@localhost has no password')
    END;
    CALL purser.selftest_add(p_rows, a.title, IF(v_why IS NULL, 'ok', 'failed'),
      COALESCE(CONCAT(v_why, '; drop the account and ', c_cure), CONCAT(a.name, '@localhost')));
  END FOR;
  SET v_definer = (SELECT Priv FROM mysql.global_priv WHERE User = 'purser_definer' AND Host = 'localhost');
  SET v_why = CASE
    WHEN v_definer IS NULL THEN 'there is no account purser_definer@localhost'
    WHEN NOT COALESCE(JSON_VALUE(v_definer, '$.account_locked'), 0) THEN 'purser_definer@localhost is not locked'
  END;
  CALL purser.selftest_add(p_rows, 'account of the definer', IF(v_why IS NULL, 'ok', 'failed'),
    COALESCE(CONCAT(v_why, '; ', c_cure), 'purser_definer@localhost, locked'));
  CALL purser.selftest_missing(p_rows, 'roles', '["purser_admin","purser_app","purser_reader"]',
    (SELECT JSON_ARRAYAGG(User) FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.is_role') = 1), c_cure);

  CALL purser.selftest_missing(p_rows, 'grants of the worker',
    '["SELECT","gateway_transactions.INSERT","gateway_transactions.UPDATE","gateway_transactions.DELETE","reconciliation_runs.INSERT","reconciliation_runs.UPDATE","reconciliation_runs.DELETE","reconciliation_reports.INSERT","reconciliation_reports.UPDATE","reconciliation_reports.DELETE","discrepancies.INSERT","discrepancies.UPDATE","discrepancies.DELETE","discrepancy_events.INSERT","jobs.INSERT","jobs.UPDATE","jobs.DELETE","leases.INSERT","leases.UPDATE","leases.DELETE"]',
    (SELECT JSON_ARRAYAGG(g.what) FROM (
       SELECT PRIVILEGE_TYPE AS what FROM information_schema.SCHEMA_PRIVILEGES
        WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = 'purser'
       UNION ALL
       SELECT CONCAT(TABLE_NAME, '.', PRIVILEGE_TYPE) FROM information_schema.TABLE_PRIVILEGES
        WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = 'purser') AS g), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the definer',
    '["reconciliation_runs.SELECT","discrepancies.SELECT","discrepancy_events.INSERT"]',
    (SELECT JSON_ARRAYAGG(CONCAT(TABLE_NAME, '.', PRIVILEGE_TYPE)) FROM information_schema.TABLE_PRIVILEGES
      WHERE GRANTEE = '''purser_definer''@''localhost''' AND TABLE_SCHEMA = 'purser'), c_cure);
  -- A dump that is restored drops the routines, and with them what was granted on them.
  CALL purser.selftest_missing(p_rows, 'grants on routines',
    '["percent","counts_json","currencies_json","gateways_json","discrepancies_json","report_json","refuse_locks","request_reconcile","reconcile","reconcile_async","resolve_discrepancy","import_gateway_rows","rate_limits_json","rate_limit_keys_json","reload_rate_limits","api_call","api_answer","api_idempotency_begin","api_idempotency_end"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser_definer' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the worker on routines', '["report_json","rate_limits_json"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);
  CALL purser.selftest_missing(p_rows, 'grants of the client API', '["api_call","api_idempotency_begin","api_idempotency_end"]',
    (SELECT JSON_ARRAYAGG(Routine_name) FROM mysql.procs_priv
      WHERE User = 'purser_api' AND Host = 'localhost' AND Db = 'purser' AND FIND_IN_SET('Execute', Proc_priv)), c_cure);

  -- A temporary table hides one of Purser's of the same name, from triggers and routines as well. (An account with SUPER has all rights anyway.)
  -- information_schema says nothing of what a role may do everywhere. 65536: CREATE TEMPORARY TABLES, 32768: SUPER.
  SET STATEMENT group_concat_max_len = 1048576 FOR
  SELECT GROUP_CONCAT(QUOTE(a.name), IF(a.host = '', '', CONCAT('@', QUOTE(a.host))) ORDER BY a.name, a.host SEPARATOR ', ' LIMIT 10) INTO v_why
    FROM (SELECT g.User AS name, g.Host AS host FROM mysql.global_priv AS g WHERE CAST(JSON_VALUE(g.Priv, '$.access') AS UNSIGNED) & 65536
          UNION SELECT d.User, d.Host FROM mysql.db AS d WHERE d.Create_tmp_table_priv = 'Y' AND 'purser' LIKE d.Db) AS a
    LEFT JOIN mysql.global_priv AS s ON s.User = a.name AND s.Host = a.host
   WHERE COALESCE(CAST(JSON_VALUE(s.Priv, '$.access') AS UNSIGNED) & 32768, 0) = 0;
  IF v_why IS NOT NULL THEN
    CALL purser.selftest_add(p_rows, 'temporary tables', 'warning', CONCAT('by a right on *.* or on purser these accounts may put a temporary table ',
      'in the place of one of Purser''s, and their changes are neither audited nor counted: ', v_why, '; grant CREATE TEMPORARY TABLES on their own schemas only'));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_add.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_add(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_status VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_detail LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Adds one line to the result of selftest'
SET p_rows = JSON_ARRAY_APPEND(p_rows, '$',
  JSON_OBJECT('name', p_name, 'status', p_status, 'detail', LEFT(COALESCE(p_detail, ''), 1024)))//
DELIMITER ;

-- ---- sql/procedures/selftest_app.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_app(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the mapped shop, its views, indexes and the worker''s rights in it'
this: BEGIN
  DECLARE v_schema VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_created VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'mapped shop', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  SELECT MAX(value) INTO v_schema FROM purser.settings WHERE name = 'app_schema';
  IF NOT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments') THEN
    CALL purser.selftest_add(p_rows, 'mapped shop', 'warning', 'none; run CALL purser.map_app(''schema of the shop'')');
    LEAVE this;
  END IF;
  CALL purser.selftest_missing(p_rows, 'columns of app_payments',
    '["order_id","gateway","transaction_ref","ref_kind","amount","currency","status","created_at"]',
    (SELECT JSON_ARRAYAGG(COLUMN_NAME) FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments'),
    'make the view as docs/operations.md, A shop of another shape, shows it');
  SET v_created = (SELECT DATA_TYPE FROM information_schema.COLUMNS
                    WHERE TABLE_SCHEMA = 'purser' AND TABLE_NAME = 'app_payments' AND COLUMN_NAME = 'created_at');
  IF v_created NOT IN ('datetime', 'timestamp') THEN
    CALL purser.selftest_add(p_rows, 'type of app_payments.created_at', 'failed',
      CONCAT('it is a ', v_created, ': a day is found by DATETIME or TIMESTAMP only'));
  END IF;
  CALL purser.selftest_add(p_rows, 'mapped shop', 'ok', COALESCE(v_schema, 'none; the view app_payments was made by hand'));
  IF v_schema IS NULL THEN
    LEAVE this;
  END IF;

  FOR v IN (SELECT j.name
              FROM JSON_TABLE('["app_payments","app_orders","app_gadgets","app_order_items","app_users"]', '$[*]' COLUMNS (
                name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
        -- Who sees the shop's tables and cannot read the view has found a view that is wrong.
        IF EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders') THEN
          CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'failed',
            CONCAT(v_why, '; run CALL purser.map_app(', QUOTE(v_schema), ')'));
        ELSE
          CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'warning',
            CONCAT('cannot be checked by this account, which sees nothing of ', QUOTE(v_schema)));
        END IF;
      END;
      -- INTO, so that nothing goes to the client; the variable keeps nothing
      EXECUTE IMMEDIATE CONCAT('SELECT MAX(1) INTO @purser_selftest FROM purser.', v.name, ' WHERE 1 = 0');
      CALL purser.selftest_add(p_rows, CONCAT('view ', v.name), 'ok', 'readable');
    END;
  END FOR;
  CALL purser.selftest_worker_access(p_rows, v_schema);

  FOR x IN (SELECT j.col,
                   EXISTS (SELECT 1 FROM information_schema.STATISTICS
                            WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders'
                              AND SEQ_IN_INDEX = 1 AND COLUMN_NAME = j.col) AS indexed
              FROM JSON_TABLE('["external_tx_ref","created_at"]', '$[*]' COLUMNS (
                col VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    CALL purser.selftest_add(p_rows, CONCAT('index on orders.', x.col), IF(x.indexed, 'ok', 'warning'),
      IF(x.indexed, 'there', 'none begins with this column, or none is visible to this account: every look-up reads the whole table'));
  END FOR;
  FOR x IN (SELECT t.TABLE_NAME AS tab, t.ENGINE AS engine
              FROM information_schema.TABLES AS t
              LEFT JOIN information_schema.ENGINES AS e ON e.ENGINE = t.ENGINE
             WHERE t.TABLE_SCHEMA = v_schema AND t.TABLE_NAME IN ('gadgets', 'orders', 'order_items', 'users')
               AND t.TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES'
             ORDER BY t.TABLE_NAME)
  DO
    CALL purser.selftest_add(p_rows, CONCAT('engine of ', x.tab), 'warning', CONCAT('it is ', COALESCE(x.engine, 'not known'),
      ', which has no transactions: a batch that fails may stay half done, and of two at once one can be lost; ALTER TABLE … ENGINE=InnoDB'));
  END FOR;
  SET v_created = (SELECT DATA_TYPE FROM information_schema.COLUMNS
                    WHERE TABLE_SCHEMA = v_schema AND TABLE_NAME = 'orders' AND COLUMN_NAME = 'created_at');
  IF v_created <> 'datetime' THEN
    CALL purser.selftest_add(p_rows, 'type of orders.created_at', 'warning',
      CONCAT('it is a ', v_created, ', which depends on the session; app_time_zone holds for DATETIME'));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_audit.sql
-- Nothing where nothing is audited.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_audit(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: audited tables, and whether what is logged is sealed and signed'
BEGIN
  DECLARE v_why, v_error TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_rows BOOLEAN DEFAULT FALSE;
  DECLARE v_waits DATETIME(6) DEFAULT NULL;
  DECLARE v_seal LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'audit log', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  FOR a IN (SELECT table_schema, table_name, purser.audit_state(table_schema, table_name) AS state
              FROM purser.audit_tables ORDER BY table_schema, table_name)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('audit of ', a.table_schema, '.', a.table_name), 64),
      IF(a.state = 'on', 'ok', 'failed'), a.state);
  END FOR;
  -- SELECT … INTO waits for nobody who writes.
  SELECT EXISTS (SELECT 1 FROM purser.audit_log) INTO v_rows;
  IF v_rows THEN
    SELECT (SELECT checkpoint FROM purser.audit_seals ORDER BY id DESC LIMIT 1) INTO v_seal;
    -- Rows that commit late are below others; what is above all that is sealed just waits.
    SELECT (SELECT timestamp FROM purser.audit_log
             WHERE id > COALESCE((SELECT MAX(last_id) FROM purser.audit_seals), 0) ORDER BY id LIMIT 1) INTO v_waits;
    SELECT MAX(last_error) INTO v_error FROM purser.jobs WHERE name = 'audit';
    IF COALESCE(CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4), '0') = '0' THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning',
        'rows are logged and not sealed: purser_audit_seal_seconds is 0, or the plugin is not installed');
    ELSEIF v_error IS NOT NULL THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'failed', v_error);
    ELSEIF v_waits < UTC_TIMESTAMP(6)
        - INTERVAL 60 + 10 * CONVERT(purser_setting('audit_seal_seconds') USING utf8mb4) SECOND THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'failed',
        CONCAT('a row of ', v_waits, ' UTC still waits for its seal: the worker does not run, or another server has the lease',
               ' (purser.leases: audit), or it was committed just now'));
    ELSEIF v_seal IS NULL THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning', 'nothing is sealed yet');
    ELSEIF v_seal NOT LIKE '%\n— %' THEN
      CALL purser.selftest_add(p_rows, 'sealing', 'warning',
        'seals are not signed: put audit.ed25519_seed into the secrets file (docs/security.md)');
    ELSE
      CALL purser.selftest_add(p_rows, 'sealing', 'ok', SUBSTRING_INDEX(v_seal, '\n', 1));
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_gateways.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_gateways(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the rows of gateways, and the time zones'
BEGIN
  DECLARE v_enabled INT UNSIGNED DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'gateways', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;

  FOR g IN (SELECT name, adapter, base_url, enabled, settings FROM purser.gateways ORDER BY name) DO
    SET v_enabled = v_enabled + g.enabled;
    SET v_why = CASE
      WHEN g.adapter NOT IN ('paychangu', 'square', 'file')
        THEN CONCAT('adapter ''', g.adapter, ''' is unknown; there are paychangu, square and file')
      WHEN g.adapter <> 'file' AND COALESCE(g.base_url, '') = ''
        THEN CONCAT('the adapter ', g.adapter, ' needs a base_url')
      WHEN COALESCE(JSON_TYPE(g.settings), '') <> 'OBJECT' THEN 'settings is not a JSON object'
    END;
    CALL purser.selftest_add(p_rows, CONCAT('gateway ', LEFT(g.name, 56)), IF(v_why IS NULL, 'ok', 'failed'),
      COALESCE(v_why, CONCAT(g.adapter, IF(g.enabled, ', enabled', ', not enabled'))));
  END FOR;
  IF v_enabled = 0 THEN
    CALL purser.selftest_add(p_rows, 'gateways', 'warning', 'none is enabled: there is nothing to reconcile with');
  END IF;
  SELECT MAX(value) INTO v_why FROM purser.settings WHERE name = 'app_time_zone';
  CALL purser.selftest_zone(p_rows, 'app_time_zone', v_why);
  BEGIN
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
      CALL purser.selftest_add(p_rows, 'purser_time_zone', 'warning', CONCAT('cannot be read: ', v_why));
    END;
    SELECT CONVERT(purser_setting('time_zone') USING utf8mb4) INTO v_why;
    CALL purser.selftest_zone(p_rows, 'purser_time_zone', v_why);
  END;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_last_error.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_last_error(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: what Purser complained of last'
BEGIN
  DECLARE v_text TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_text = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'last error', 'warning', CONCAT('cannot be read: ', v_text));
  END;
  SELECT CONVERT(purser_last_error() USING utf8mb4) INTO v_text;
  IF COALESCE(v_text, '') = '' THEN
    CALL purser.selftest_add(p_rows, 'last error', 'ok', 'none');
  ELSE
    CALL purser.selftest_add(p_rows, 'last error', 'warning', v_text);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_missing.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_missing(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_expected LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_present LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_cure VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Adds a line of selftest: whether all names of one JSON array are in another'
BEGIN
  DECLARE v_missing TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  FOR e IN (SELECT j.name
              FROM JSON_TABLE(p_expected, '$[*]' COLUMNS (
                name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j
             WHERE NOT JSON_CONTAINS(COALESCE(p_present, '[]'), JSON_QUOTE(j.name)))
  DO
    SET v_missing = CONCAT(v_missing, IF(v_missing = '', '', ', '), e.name);
  END FOR;
  IF v_missing = '' THEN
    CALL purser.selftest_add(p_rows, p_name, 'ok', CONCAT('all ', JSON_LENGTH(p_expected), ' are there'));
  ELSE
    CALL purser.selftest_add(p_rows, p_name, 'failed',
      CONCAT('missing, or hidden from this account: ', v_missing, '; ', p_cure));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_plugin.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_plugin(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: functions of purser.so, plugin, worker'
BEGIN
  DECLARE v_text TEXT CHARACTER SET utf8mb4;
  DECLARE v_present TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '["purser_version","purser_last_error","purser_setting","purser_job","purser_rate_limit","purser_rate_limit_policy","purser_rate_limits","purser_rate_limit_refund","purser_rate_limit_reset","purser_rate_limit_headers","purser_rate_limit_keys","purser_rate_limit_load","purser_token_bucket","purser_stock_batch","purser_order_items_batch","purser_subscriptions_batch","purser_audit_diff","purser_audit_leaf","purser_audit_now","purser_hmac","purser_webhook_verify","purser_client_secret"]';

  -- No table lists them that everybody may read: a call is prepared, never executed. 1305: no such function.
  FOR f IN (SELECT j.at, j.name
              FROM JSON_TABLE('["purser_version","purser_last_error","purser_setting","purser_job","purser_rate_limit","purser_rate_limit_policy","purser_rate_limits","purser_rate_limit_refund","purser_rate_limit_reset","purser_rate_limit_headers","purser_rate_limit_keys","purser_rate_limit_load","purser_token_bucket","purser_stock_batch","purser_order_items_batch","purser_subscriptions_batch","purser_audit_diff","purser_audit_leaf","purser_audit_now","purser_hmac","purser_webhook_verify","purser_client_secret"]', '$[*]' COLUMNS (
                at FOR ORDINALITY,
                name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$')) AS j)
  DO
    BEGIN
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
      DECLARE CONTINUE HANDLER FOR 1305 SET v_present = JSON_REPLACE(v_present, CONCAT('$[', f.at - 1, ']'), '');
      SET @purser_selftest = CONCAT('SELECT ', f.name, '(',
        CASE f.name WHEN 'purser_job' THEN 'NULL, NULL, NULL, NULL' WHEN 'purser_setting' THEN 'NULL' ELSE '' END, ')');
      PREPARE purser_selftest FROM @purser_selftest;
      DEALLOCATE PREPARE purser_selftest;
      SET @purser_selftest = NULL;
    END;
  END FOR;
  CALL purser.selftest_missing(p_rows, 'functions of purser.so', '["purser_version","purser_last_error","purser_setting","purser_job","purser_rate_limit","purser_rate_limit_policy","purser_rate_limits","purser_rate_limit_refund","purser_rate_limit_reset","purser_rate_limit_headers","purser_rate_limit_keys","purser_rate_limit_load","purser_token_bucket","purser_stock_batch","purser_order_items_batch","purser_subscriptions_batch","purser_audit_diff","purser_audit_leaf","purser_audit_now","purser_hmac","purser_webhook_verify","purser_client_secret"]', v_present,
    'run install.sql again, on a replica or a further node of a cluster install/library.sql');

  SET v_text = (SELECT CONCAT(PLUGIN_STATUS, ' ', PLUGIN_VERSION) FROM information_schema.PLUGINS
                 WHERE PLUGIN_NAME = 'purser');
  IF v_text LIKE 'ACTIVE %' THEN
    CALL purser.selftest_add(p_rows, 'plugin', 'ok', v_text);
  ELSE
    CALL purser.selftest_add(p_rows, 'plugin', 'failed',
      CONCAT(COALESCE(v_text, 'not installed'), '; run INSTALL SONAME ''purser'''));
  END IF;

  SET v_text = (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
                 WHERE VARIABLE_NAME = 'PURSER_WORKER_STATE');
  IF v_text IN ('ready', 'working') THEN
    CALL purser.selftest_add(p_rows, 'worker', 'ok', v_text);
  ELSEIF v_text = 'replica' AND EXISTS (SELECT 1 FROM information_schema.GLOBAL_STATUS
                                         WHERE VARIABLE_NAME = 'SLAVES_RUNNING' AND VARIABLE_VALUE > 0) THEN
    CALL purser.selftest_add(p_rows, 'worker', 'ok', 'replica: it begins when this server is promoted (read_only = OFF)');
  ELSEIF v_text = 'replica' THEN
    CALL purser.selftest_add(p_rows, 'worker', 'warning',
      'replica: this server is read-only, and no replication runs here; the worker begins when read_only is OFF');
  ELSEIF v_text = 'disabled' THEN
    CALL purser.selftest_add(p_rows, 'worker', 'warning', 'disabled: purser_enabled is OFF');
  ELSE
    CALL purser.selftest_add(p_rows, 'worker', 'failed',
      CONCAT(COALESCE(v_text, 'there is none while the plugin is not active'), '; the error log of the server says more'));
  END IF;
  CALL purser.selftest_last_error(p_rows);
END//
DELIMITER ;

-- ---- sql/procedures/selftest_replication.sql
-- Nothing where nothing is replicated.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_replication(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the format of the binary log, and a replica that may be written to'
BEGIN
  IF @@log_bin AND @@GLOBAL.binlog_format = 'STATEMENT' THEN
    CALL purser.selftest_add(p_rows, 'binary log', 'warning',
      CONCAT('binlog_format is STATEMENT: tables cannot be audited, and on a replica admin_log has other actors and may have other numbers; ',
             'use MIXED or ROW'));
  END IF;
  IF NOT @@read_only AND EXISTS (SELECT 1 FROM information_schema.GLOBAL_STATUS
                                  WHERE VARIABLE_NAME = 'SLAVES_RUNNING' AND VARIABLE_VALUE > 0) THEN
    CALL purser.selftest_add(p_rows, 'replica', 'warning',
      CONCAT('this server is a replica and not read-only: what is written here, by Purser as well, parts from its primary''s and may stop the ',
             'replication; SET GLOBAL read_only = ON'));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_schema.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_schema(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: version, tables, views, routines, triggers'
BEGIN
  DECLARE c_cure VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT 'run install.sql again';
  BEGIN
    DECLARE v_version INT UNSIGNED DEFAULT NULL;
    DECLARE v_release VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_why TEXT CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
      CALL purser.selftest_add(p_rows, 'schema version', 'failed', CONCAT(v_why, '; ', c_cure));
    END;
    SELECT MAX(version), MAX(release_name) INTO v_version, v_release FROM purser.schema_version;
    IF v_version = 2 THEN
      CALL purser.selftest_add(p_rows, 'schema version', 'ok', CONCAT('version ', v_version, ', of release ', v_release));
    ELSE
      CALL purser.selftest_add(p_rows, 'schema version', 'failed',
        CONCAT('version ', COALESCE(v_version, 'unknown'), ' where 2 is expected; ', c_cure));
    END IF;
  END;

  CALL purser.selftest_missing(p_rows, 'tables', '["admin_log","alert_channels","alert_events","alert_rules","alert_silences","alerts","api_idempotency","audit_log","audit_seals","audit_tables","audit_tiles","batch_keys","client_keys","client_transactions","client_usage","clients","constraint_objects","constraint_rules","discrepancies","discrepancy_events","gateway_transactions","gateways","health_checks","health_results","jobs","leases","outbox","override_lock","packages","pricing_overrides","rate_limit_lists","rate_limit_policies","reconciliation_reports","reconciliation_runs","schema_version","settings","usage_alerts","usage_history","usage_locks","usage_months","usage_templates","usage_thresholds"]',
    (SELECT JSON_ARRAYAGG(TABLE_NAME) FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_TYPE = 'BASE TABLE'), c_cure);
  CALL purser.selftest_missing(p_rows, 'views', '["client_limits","firing_alerts","health","latest_runs","open_discrepancies","outbox_dead","rate_limits","reconciliation_progress"]',
    (SELECT JSON_ARRAYAGG(TABLE_NAME) FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = 'purser' AND TABLE_TYPE = 'VIEW'), c_cure);
  CALL purser.selftest_missing(p_rows, 'stored functions', '["admin_why","api_answer","api_checkpoint","api_cursor","api_cursor_text","api_day_starts_at","api_is_date","api_moment","api_moment_json","api_money_json","api_number_json","api_package","api_parameters_why","api_reconciliation","api_transactions","api_usage","api_usage_history","api_usage_told","audit_columns_json","audit_diff","audit_insert_sql","audit_key_json","audit_kind","audit_layout_hash","audit_object_sql","audit_record_sql","audit_row_sql","audit_same_sql","audit_state","audit_transactions","audit_trigger_hash","audit_trigger_name","audit_trigger_sql","audit_value_sql","batch_element","batch_items","batch_unknown","client_currency","client_percent","constraint_clause","constraint_list","constraint_other","constraint_part","constraint_quoted","constraint_setting","counts_json","currencies_json","dashboard_alerts_json","dashboard_audit_json","dashboard_discrepancies_json","dashboard_json","dashboard_outbox_json","dashboard_rate_limits_json","dashboard_reconciliation_json","dashboard_usage_json","ddl_why","discrepancies_json","gateways_json","health_json","health_view_json","installed_names","percent","purser_usage_allowed","rate_limit_headers","rate_limit_keys_json","rate_limit_keys_view_json","rate_limits_json","report_json","server_activity","usage_channel","usage_decimals","usage_level","usage_mail_sql","usage_map_sql","usage_map_trigger","usage_month","usage_owed","usage_percent","usage_template_sql"]', purser.installed_names('FUNCTION'), c_cure);
  CALL purser.selftest_missing(p_rows, 'procedures', '["admin_note","alert_acknowledge","alert_need_target","alert_silence","alert_test","alert_unsilence","api_call","api_idempotency_begin","api_idempotency_check","api_idempotency_end","api_idempotency_forget","apply_constraints","audit_check_table","audit_consistency","audit_disable","audit_drop_triggers","audit_enable","audit_job","audit_names","audit_options","audit_proof","audit_prune","audit_refuse","audit_revoke","audit_status","audit_verified","audit_verify","audit_verify_checkpoint","batch_check_order","batch_insert_order_items","batch_key","batch_key_done","batch_refuse","batch_update_stock","batch_update_subscriptions","check_app","check_constraints","check_health","check_usage_alerts","client_need","client_reason","constraint_add","constraint_apply_rule","constraint_begin","constraint_check","constraint_check_rule","constraint_count","constraint_ddl","constraint_drop","constraint_end","constraint_find","constraint_foreign_key","constraint_look","constraint_schema","constraint_table","constraint_undo","constraint_unique","constraint_want","create_client_key","end_pricing_override","import_gateway_file","import_gateway_rows","list_clients","list_filter","list_filters","list_packages","list_pricing_overrides","map_app","map_usage","outbox_replay","override_number","reconcile","reconcile_async","recount_client","recount_usage","refuse_locks","reload_rate_limits","request_reconcile","reset_monthly_usage","resolve_discrepancy","revert_constraints","revoke_app","revoke_client_key","selftest","selftest_accounts","selftest_add","selftest_app","selftest_audit","selftest_gateways","selftest_last_error","selftest_missing","selftest_plugin","selftest_replication","selftest_schema","selftest_settings","selftest_usage","selftest_worker_access","selftest_zone","set_pricing_override","show_client","switch_check","switch_compare","switch_package","test_usage_alert","triggers_lock","unmap_usage","usage_alert","usage_begin","usage_calendar","usage_check","usage_check_ahead","usage_check_alerts","usage_check_batch","usage_check_due","usage_check_highest","usage_check_late","usage_check_levels","usage_check_lock","usage_check_overrides","usage_check_owed","usage_check_packages","usage_check_quiet","usage_check_some","usage_check_whole","usage_close","usage_close_month","usage_count","usage_count_first","usage_due","usage_lock","usage_mail","usage_mail_alerts","usage_map_column","usage_map_drop","usage_map_note","usage_map_options","usage_map_table","usage_map_view","usage_map_where","usage_map_zone","usage_need_set","usage_report","usage_round","usage_same_currency","usage_set_due","usage_template_check","usage_template_language"]', purser.installed_names('PROCEDURE'), c_cure);
  CALL purser.selftest_missing(p_rows, 'triggers', '["alert_channels_before_insert","alert_channels_before_update","audit_log_delete","audit_log_update","audit_seals_delete","audit_seals_update","audit_tiles_delete","audit_tiles_update","client_keys_log_delete","client_keys_log_insert","client_keys_log_update","client_transactions_before_insert","client_transactions_before_update","client_transactions_delete","client_transactions_insert","client_transactions_update","clients_before_insert","clients_before_update","clients_log_delete","clients_log_insert","clients_log_update","outbox_usage_sent","packages_before_insert","packages_before_update","packages_log_delete","packages_log_insert","packages_log_update","pricing_overrides_before_delete","pricing_overrides_before_insert","pricing_overrides_before_update","pricing_overrides_log_delete","pricing_overrides_log_insert","pricing_overrides_log_update","usage_templates_before_delete","usage_templates_before_insert","usage_templates_before_update","usage_templates_log_delete","usage_templates_log_insert","usage_templates_log_update","usage_thresholds_log_delete","usage_thresholds_log_insert","usage_thresholds_log_update"]', purser.installed_names('TRIGGER'), c_cure);
END//
DELIMITER ;

-- ---- sql/procedures/selftest_settings.sql
-- Nothing where all are well. Whoever reads a number that makes no sense takes the default, without a word; so does whoever
-- finds none, where its name was misspelt. Zones, channels, words and hours are told where they are read.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_settings(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: settings that nothing reads or that make no sense, and alert rules and silences that concern nothing'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'settings', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  FOR s IN (SELECT s.name, LEFT(s.value, 64) AS value, k.name IS NULL AS is_unknown, k.least, k.most
              FROM purser.settings AS s
              LEFT JOIN JSON_TABLE('[
                     ["app_schema"], ["app_time_zone"], ["audit_origin"], ["constraint_copy"], ["constraint_hidden"],
                     ["constraint_lock_seconds", 1, 60], ["constraint_lock_tries", 1, 100], ["constraint_rules_shipped"], ["currencies"],
                     ["health_check_tables_hours"], ["health_keep_days", 1, 3660], ["health_record_minutes", 1, 1440],
                     ["outbox_give_up_days", 1, 3650], ["outbox_keep_days", 1, 3650], ["pending_age_minutes", 0, 10080],
                     ["usage_channel"], ["usage_check_minutes", 0, 1440], ["usage_table"]]', '$[*]' COLUMNS (
                     name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
                     least INT PATH '$[1]', most INT PATH '$[2]')) AS k ON k.name = s.name
             WHERE k.name IS NULL
                OR k.least IS NOT NULL AND NOT IF(s.value REGEXP '^[0-9]{1,9}$', s.value BETWEEN k.least AND k.most, FALSE)
             ORDER BY s.name LIMIT 32)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('setting ', s.name), 64), 'warning',
      IF(s.is_unknown, 'there is no setting of this name: nothing reads it',
        CONCAT('''', s.value, ''' is no whole number from ', s.least, ' to ', s.most, ': it is not in force')));
  END FOR;
  FOR r IN (SELECT a.kind, a.name, a.what
              FROM (SELECT 'alert rule' AS kind, name, what FROM purser.alert_rules WHERE enabled
                    UNION ALL
                    SELECT 'silence', what, what FROM purser.alert_silences WHERE until > UTC_TIMESTAMP(6)) AS a
             WHERE a.what <> '*'
               AND NOT EXISTS (SELECT 1 FROM purser.health_checks AS c WHERE a.what IN (c.name, CONCAT('service:', c.service)))
             ORDER BY a.kind, a.name LIMIT 32)
  DO
    CALL purser.selftest_add(p_rows, LEFT(CONCAT(r.kind, ' ', r.name), 64), 'warning',
      CONCAT('purser.health_checks has no such ', IF(r.what LIKE 'service:%', 'service', 'check'), ': ', r.what));
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_usage.sql
-- Nothing where there is no client and no mapped table.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_usage(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: the months, and the triggers of a mapped table'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_map LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_triggers INT DEFAULT 0;
  DECLARE v_clients, v_enough BOOLEAN DEFAULT FALSE;
  DECLARE v_last, v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'usage', 'warning', CONCAT('cannot be read: ', v_why));
  END;

  -- SELECT … INTO waits for nobody who writes.
  SELECT EXISTS (SELECT 1 FROM purser.clients) INTO v_clients;
  IF v_clients THEN
    SELECT MAX(month), MAX(starts_at) > UTC_TIMESTAMP(6) + INTERVAL 2 MONTH INTO v_last, v_enough FROM purser.usage_months;
    SELECT (SELECT zone FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6) ORDER BY starts_at LIMIT 1) INTO v_zone;
    IF NOT COALESCE(v_enough, FALSE) THEN
      CALL purser.selftest_add(p_rows, 'months', 'failed', 'purser.usage_months ends: CALL purser.usage_calendar()');
    ELSEIF v_zone <> CONVERT(purser_setting('time_zone') USING utf8mb4) THEN
      CALL purser.selftest_add(p_rows, 'months', 'warning',
        'the next month does not begin by purser_time_zone yet: CALL purser.usage_calendar(); what has usage stays as it is');
    ELSE
      CALL purser.selftest_add(p_rows, 'months', 'ok', CONCAT('up to ', v_last));
    END IF;
  END IF;
  SELECT MAX(value) INTO v_map FROM purser.settings WHERE name = 'usage_table';
  IF v_map IS NOT NULL THEN
    SET v_triggers = (SELECT COUNT(*) FROM information_schema.TRIGGERS
      WHERE TRIGGER_SCHEMA = JSON_VALUE(v_map, '$[0]') AND EVENT_OBJECT_TABLE = JSON_VALUE(v_map, '$[1]')
        AND DEFINER = 'purser_definer@localhost' AND ACTION_TIMING = 'AFTER'
        AND CONCAT('purser_usage_', LOWER(EVENT_MANIPULATION)) = TRIGGER_NAME);
    CALL purser.selftest_add(p_rows, LEFT(CONCAT('usage of ', JSON_VALUE(v_map, '$[0]'), '.', JSON_VALUE(v_map, '$[1]')), 64),
      IF(v_triggers = 3, 'ok', 'failed'), IF(v_triggers = 3, 'three triggers count',
        CONCAT(v_triggers, ' of three triggers are there, or the others are hidden from this account: what they do not see is not counted. ',
               'CALL purser.map_usage(…) again, then CALL purser.recount_usage(NULL, NULL)')));
    -- A column that was renamed or dropped makes the triggers fail, and each payment with them.
    BEGIN
      DECLARE v_code INT DEFAULT 0;
      DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
      DECLARE EXIT HANDLER FOR SQLEXCEPTION
      BEGIN
        GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT, v_code = MYSQL_ERRNO;
        IF v_code NOT IN (1142, 1143) THEN -- this account may not read the table
          CALL purser.selftest_add(p_rows, 'columns of the mapped table', 'failed', CONCAT(
            'what writes to the table may fail: CALL purser.map_usage(…) again, or purser.unmap_usage(). ', v_why));
        END IF;
      END;
      SELECT MAX(CONCAT_WS(',', client_id, reference, amount, currency, occurred_at)) INTO v_why
        FROM (SELECT * FROM purser.app_client_usage LIMIT 1) AS first_one;
    END;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/selftest_worker_access.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_worker_access(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: whether the worker may read the orders of the shop'
BEGIN
  DECLARE v_granted BOOLEAN DEFAULT FALSE;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
    CALL purser.selftest_add(p_rows, 'access of the worker', 'warning', CONCAT('cannot be checked by this account: ', v_why));
  END;
  -- Without this right information_schema would hide the grants of others, as if there were none.
  IF EXISTS (SELECT 1 FROM mysql.global_priv LIMIT 0) THEN
    SET v_granted = FALSE;
  END IF;
  SET v_granted =
    (SELECT COUNT(*) = 9 FROM information_schema.COLUMN_PRIVILEGES
      WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema AND TABLE_NAME = 'orders'
        AND PRIVILEGE_TYPE = 'SELECT'
        AND COLUMN_NAME IN ('id', 'provider', 'external_tx_ref', 'total_amount', 'total_amount_gbp',
                            'currency', 'status', 'payment_status', 'created_at'))
    OR EXISTS (SELECT 1 FROM information_schema.TABLE_PRIVILEGES
                WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema
                  AND TABLE_NAME = 'orders' AND PRIVILEGE_TYPE = 'SELECT')
    OR EXISTS (SELECT 1 FROM information_schema.SCHEMA_PRIVILEGES
                WHERE GRANTEE = '''purser''@''localhost''' AND TABLE_SCHEMA = p_schema
                  AND PRIVILEGE_TYPE = 'SELECT');
  CALL purser.selftest_add(p_rows, 'access of the worker', IF(v_granted, 'ok', 'failed'),
    IF(v_granted, 'it may read the orders',
       CONCAT('it may not read the orders; run CALL purser.map_app(', QUOTE(p_schema), ')')));
END//
DELIMITER ;

-- ---- sql/procedures/selftest_zone.sql
-- Purser takes zones from the machine's zoneinfo, which SQL cannot see: the library is asked.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.selftest_zone(
  INOUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_zone VARCHAR(1024) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Selftest: one time zone'
BEGIN
  DECLARE v_problem TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
    CALL purser.selftest_add(p_rows, p_name, 'warning', CONCAT(p_zone, ' cannot be checked without the functions of purser.so'));

  IF p_zone IS NULL OR p_zone = '' THEN
    CALL purser.selftest_add(p_rows, p_name, 'failed', 'not set');
  ELSE
    SET v_problem = CONVERT(purser_setting(CONCAT('zone_problem:', p_zone)) USING utf8mb4);
    CALL purser.selftest_add(p_rows, p_name, IF(v_problem IS NULL, 'ok', 'failed'), COALESCE(v_problem, p_zone));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/set_pricing_override.sql
-- Amounts are taken as text: the conversion of a parameter follows the caller's sql_mode, which may make 0 of 'abc'.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.set_pricing_override(
  IN p_client_id BIGINT UNSIGNED,
  IN p_price VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_volume_limit VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_transaction_limit VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from DATETIME(6),
  IN p_until DATETIME(6),
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Gives a client another price or other limits from p_from (UTC; NULL: now) until p_until (NULL: without end)'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  -- Into a variable: a statement with USER() says something else on a replica.
  DECLARE v_actor VARCHAR(384) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT USER();
  DECLARE v_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_from DATETIME(6) DEFAULT COALESCE(p_from, v_now);
  DECLARE v_until DATETIME(6) DEFAULT COALESCE(p_until, '9999-12-31 00:00:00');
  DECLARE v_id, v_other BIGINT UNSIGNED DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  CALL purser.client_reason(p_reason);
  CALL purser.override_number('p_price', p_price, '^[0-9]{1,15}([.][0-9]{1,4})?$', 'an amount of at most 15 digits and 4 decimals');
  CALL purser.override_number('p_volume_limit', p_volume_limit, '^[0-9]{1,15}([.][0-9]{1,4})?$', 'an amount of at most 15 digits and 4 decimals');
  CALL purser.override_number('p_transaction_limit', p_transaction_limit, '^[0-9]{1,18}$', 'a number of at most 18 digits');
  SET v_why = CASE
    WHEN p_price IS NULL AND p_volume_limit IS NULL AND p_transaction_limit IS NULL THEN
      'p_price, p_volume_limit and p_transaction_limit are all NULL: give what is to be another'
    WHEN v_from < v_now THEN CONCAT('p_from: ', v_from, ' (UTC) is in the past; NULL is now')
    WHEN v_until <= v_from THEN CONCAT('p_until: ', v_until, ' (UTC) is not after the beginning, ', v_from) END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_set_pricing_override;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_set_pricing_override;
      END;
      RESIGNAL;
    END;
    -- Whoever changes overrides takes turns, before anything else is locked: the triggers would ask for the turn later, and two who hold what
    -- the other wants would end in a deadlock.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    -- One override of a client at a time. The package only so that its currency stays: with a binary log of statements payments of all
    -- its clients lock it as well.
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client_id FOR UPDATE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(currency) INTO v_currency FROM purser.packages WHERE name = v_package LOCK IN SHARE MODE;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MIN(id) INTO v_other FROM purser.pricing_overrides
     WHERE client_id = p_client_id AND starts_at < v_until AND ends_at > v_from FOR UPDATE;
    IF v_other IS NOT NULL THEN
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      SELECT CONCAT('Override ', id, ' of client ', client_id, ' is in force from ', starts_at,
               IF(ends_at = '9999-12-31', ' on, without end', CONCAT(' until ', ends_at)),
               ' (UTC): end it first by CALL purser.end_pricing_override(', id, ', …), or choose a time outside')
        INTO v_why FROM purser.pricing_overrides WHERE id = v_other FOR UPDATE;
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
    SET @purser_why = p_reason;
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    INSERT INTO purser.pricing_overrides
      (client_id, price, volume_limit, transaction_limit, currency, starts_at, ends_at, reason, created_by)
    VALUES (p_client_id, p_price, p_volume_limit, p_transaction_limit, v_currency, v_from, v_until, p_reason, v_actor);
    SET v_id = LAST_INSERT_ID();
    SET @purser_why = v_why_before;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_set_pricing_override;
  END IF;
  SELECT id, client_id, price, volume_limit, transaction_limit, currency, starts_at,
         NULLIF(ends_at, '9999-12-31 00:00:00') AS ends_at, reason
    FROM purser.pricing_overrides WHERE id = v_id;
END//
DELIMITER ;

-- ---- sql/procedures/show_client.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.show_client(
  IN p_client_id BIGINT UNSIGNED)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A client: what it is, what it has used this month, what it was told, its override'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_volume DECIMAL(25,4);
  DECLARE v_transactions, v_other BIGINT;
  DECLARE v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';

  CALL purser.client_need(p_client_id);
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0), COALESCE(SUM(other_currency), 0)
    INTO v_volume, v_transactions, v_other
    FROM purser.client_usage WHERE client_id = p_client_id AND month = v_month;
  FOR a IN (SELECT threshold, alert_type FROM purser.usage_alerts
             WHERE client_id = p_client_id AND alert_month = v_month ORDER BY threshold) DO
    SET v_alerts = CONCAT(v_alerts, IF(v_alerts = '', '', ', '), TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM a.threshold)), ' % ', a.alert_type);
  END FOR;
  SELECT c.id AS client_id, c.external_id, c.name, c.email, c.package, c.status, c.language, l.thresholds, l.hard_stop,
         c.counter_slots, v_month AS month, v_volume AS volume, l.volume_limit, v_transactions AS transactions,
         l.transaction_limit, v_other AS other_currency,
         purser.client_percent(v_volume, l.volume_limit, v_transactions, l.transaction_limit) AS usage_percent,
         l.price, l.currency, l.override_id, NULLIF(o.ends_at, '9999-12-31 00:00:00') AS override_ends_at, o.reason AS override_reason,
         NULLIF(v_alerts, '') AS alerts,
         (SELECT COUNT(*) FROM purser.client_keys AS k
           WHERE k.client_id = c.id AND k.revoked_at IS NULL AND COALESCE(k.expires_at, '9999-12-31') > UTC_TIMESTAMP(6)) AS good_keys,
         c.created_at, c.updated_at
    FROM purser.clients AS c
    JOIN purser.client_limits AS l ON l.client_id = c.id
    LEFT JOIN purser.pricing_overrides AS o ON o.id = l.override_id
   WHERE c.id = p_client_id;
END//
DELIMITER ;

-- ---- sql/procedures/switch_check.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_check(
  IN p_client BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_lock BOOLEAN)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where the client cannot be put on that package. Used by switch_package'
BEGIN
  DECLARE v_offered BOOLEAN DEFAULT NULL;
  DECLARE v_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  SELECT MAX(offered) INTO v_offered FROM purser.packages WHERE name = p_package;
  IF p_lock THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client FOR UPDATE;
  ELSE
    SELECT MAX(package) INTO v_package FROM purser.clients WHERE id = p_client;
  END IF;
  SET v_why = CASE
    WHEN v_offered IS NULL THEN CONCAT('p_package: there is no package ', COALESCE(CONCAT('''', p_package, ''''), 'NULL'),
      ' in purser.packages: CALL purser.list_packages()')
    WHEN v_package = p_package THEN CONCAT('p_package: client ', p_client, ' has the package ''', p_package, ''' already')
    WHEN NOT v_offered THEN CONCAT('p_package: ''', p_package, ''' is not offered any more (packages.offered)') END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_same_currency(p_client, v_package, p_package);
END//
DELIMITER ;

-- ---- sql/procedures/switch_compare.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_compare(
  IN p_client BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'What would be another on that package: a JSON list of [what, from, to, difference]. Used by switch_package'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_old, v_new VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_currency, v_new_currency, v_override_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_set, v_new_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_price, v_new_price, v_old_volume_limit, v_new_volume_limit DECIMAL(19,4);
  DECLARE v_override_price, v_override_volume DECIMAL(19,4) DEFAULT NULL;
  DECLARE v_old_transactions, v_new_transactions, v_override_transactions, v_override BIGINT UNSIGNED DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4);
  DECLARE v_transactions BIGINT;
  DECLARE v_status VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_old_percent, v_new_percent DECIMAL(12,2);

  SELECT package, currency, price, volume_limit, transaction_limit, thresholds, status
    INTO v_old, v_old_currency, v_old_price, v_old_volume_limit, v_old_transactions, v_old_set, v_status
    FROM purser.client_limits WHERE client_id = p_client;
  SELECT p.name, p.currency, p.price, p.volume_limit, p.transaction_limit, COALESCE(c.thresholds, p.thresholds)
    INTO v_new, v_new_currency, v_new_price, v_new_volume_limit, v_new_transactions, v_new_set
    FROM purser.packages AS p JOIN purser.clients AS c ON c.id = p_client WHERE p.name = p_package;
  SELECT MAX(id), MAX(currency), MAX(price), MAX(volume_limit), MAX(transaction_limit)
    INTO v_override, v_override_currency, v_override_price, v_override_volume, v_override_transactions
    FROM purser.pricing_overrides
   WHERE client_id = p_client AND starts_at <= UTC_TIMESTAMP(6) AND ends_at > UTC_TIMESTAMP(6);
  IF v_override_currency = v_new_currency THEN
    SET v_new_price = COALESCE(v_override_price, v_new_price), v_new_volume_limit = COALESCE(v_override_volume, v_new_volume_limit),
        v_new_transactions = COALESCE(v_override_transactions, v_new_transactions);
  END IF;
  SELECT COALESCE(SUM(volume), 0), COALESCE(SUM(transactions), 0) INTO v_volume, v_transactions
    FROM purser.client_usage WHERE client_id = p_client AND month = v_month;
  SET v_old_percent = purser.client_percent(v_volume, v_old_volume_limit, v_transactions, v_old_transactions),
      v_new_percent = purser.client_percent(v_volume, v_new_volume_limit, v_transactions, v_new_transactions);

  SET p_rows = JSON_ARRAY(
    JSON_ARRAY('package', v_old, v_new, NULL),
    JSON_ARRAY('currency', v_old_currency, v_new_currency, NULL),
    JSON_ARRAY('price', v_old_price, v_new_price, IF(v_old_currency = v_new_currency, v_new_price - v_old_price, NULL)),
    JSON_ARRAY('volume_limit', COALESCE(v_old_volume_limit, 'none'), COALESCE(v_new_volume_limit, 'none'),
      IF(v_old_currency = v_new_currency, v_new_volume_limit - v_old_volume_limit, NULL)),
    JSON_ARRAY('transaction_limit', COALESCE(v_old_transactions, 'none'), COALESCE(v_new_transactions, 'none'),
      CAST(v_new_transactions AS DECIMAL(20)) - CAST(v_old_transactions AS DECIMAL(20))),
    JSON_ARRAY('usage_percent', v_old_percent, v_new_percent, v_new_percent - v_old_percent));
  IF v_override IS NOT NULL THEN
    SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(CONCAT('override ', v_override),
      IF(v_override_currency = v_old_currency, 'in force', 'other currency'),
      IF(v_override_currency = v_new_currency, 'in force', 'other currency'), NULL));
  END IF;
  FOR t IN (
    SELECT t.threshold, MAX(t.alert_type) AS alert_type, MAX(t.old_one) AS in_old, MAX(t.new_one) AS in_new,
           MAX(a.id) IS NOT NULL AS told, MAX(a.cleared_at) IS NOT NULL AS cleared
      FROM (SELECT threshold, alert_type, 1 AS old_one, 0 AS new_one FROM purser.usage_thresholds WHERE name_of_set = v_old_set
            UNION ALL
            SELECT threshold, alert_type, 0, 1 FROM purser.usage_thresholds WHERE name_of_set = v_new_set) AS t
      LEFT JOIN purser.usage_alerts AS a ON a.client_id = p_client AND a.alert_month = v_month AND a.threshold = t.threshold
     GROUP BY t.threshold
     ORDER BY t.threshold)
  DO
    BEGIN
      DECLARE v_before BOOLEAN DEFAULT t.in_old AND COALESCE(
        v_volume >= purser.usage_level(v_old_volume_limit, t.threshold, 0.0001), FALSE) + COALESCE(
        v_transactions >= purser.usage_level(v_old_transactions, t.threshold, 1), FALSE) > 0;
      DECLARE v_after BOOLEAN DEFAULT t.in_new AND COALESCE(
        v_volume >= purser.usage_level(v_new_volume_limit, t.threshold, 0.0001), FALSE) + COALESCE(
        v_transactions >= purser.usage_level(v_new_transactions, t.threshold, 1), FALSE) > 0;
      SET p_rows = JSON_ARRAY_APPEND(p_rows, '$', JSON_ARRAY(
        CONCAT('alert ', TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM t.threshold)), ' % ', t.alert_type),
        IF(t.in_old, IF(v_before, 'reached', 'not reached'), 'none'), IF(t.in_new, IF(v_after, 'reached', 'not reached'), 'none'),
        -- as usage_check_batch does it: what the new set has not is left as it was told
        CASE WHEN v_status <> 'active' THEN NULL
             WHEN v_after AND NOT t.told THEN 'would fire'
             WHEN v_after AND (t.cleared OR NOT v_before) THEN 'was told already this month'
             WHEN t.in_new AND t.told AND NOT t.cleared AND NOT v_after THEN 'would clear' END));
    END;
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/switch_package.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.switch_package(
  IN p_client_id BIGINT UNSIGNED,
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_reason LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_dry_run BOOLEAN)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts a client on another package, or says (p_dry_run) what would be another; the next check tells the client of its thresholds'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_why_before TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.admin_why();
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_dry BOOLEAN DEFAULT COALESCE(p_dry_run, FALSE);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET @purser_why = v_why_before;
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  CALL purser.client_need(p_client_id);
  IF NOT v_dry OR p_reason IS NOT NULL THEN
    CALL purser.client_reason(p_reason);
  END IF;
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SAVEPOINT purser_switch_package;
  BEGIN
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
      BEGIN
        -- a deadlock has taken back the whole transaction, and the savepoint with it
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;
        ROLLBACK TO SAVEPOINT purser_switch_package;
      END;
      RESIGNAL;
    END;
    CALL purser.switch_check(p_client_id, p_package, NOT v_dry);
    CALL purser.switch_compare(p_client_id, p_package, v_rows);
    IF NOT v_dry THEN
      SET @purser_why = p_reason;
      SET STATEMENT innodb_snapshot_isolation = 0 FOR
      UPDATE purser.clients SET package = p_package WHERE id = p_client_id;
      SET @purser_why = v_why_before;
    END IF;
  END;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  ELSE
    RELEASE SAVEPOINT purser_switch_package;
  END IF;
  SELECT j.what, j.before_it AS `from`, j.after_it AS `to`, j.difference
    FROM JSON_TABLE(v_rows, '$[*]' COLUMNS (
           at FOR ORDINALITY,
           what       VARCHAR(64)  CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]',
           before_it  VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           after_it   VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[2]',
           difference VARCHAR(600) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[3]')) AS j
   ORDER BY j.at;
END//
DELIMITER ;

-- ---- sql/procedures/test_usage_alert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.test_usage_alert(
  IN p_client BIGINT UNSIGNED,
  IN p_threshold DECIMAL(65,10))
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Sends a client the mail of a threshold, with what it has used so far, marked as a test; records no alert. Answers with the message'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_channel();
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_key VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONCAT('usage-test:', UUID());
  DECLARE v_set, v_type, v_list, v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_row LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  SELECT MAX(thresholds) INTO v_set FROM purser.client_limits WHERE client_id = p_client;
  SET STATEMENT group_concat_max_len = 1048576 FOR
  SELECT MAX(IF(threshold = p_threshold, alert_type, NULL)), GROUP_CONCAT(threshold ORDER BY threshold SEPARATOR ', ') INTO v_type, v_list
    FROM purser.usage_thresholds WHERE name_of_set = v_set;
  IF v_set IS NULL THEN
    SET v_why = CONCAT('client_id: there is no client ', COALESCE(p_client, 'NULL'), ' in purser.clients');
  ELSEIF v_type IS NULL THEN
    SET v_why = CONCAT('threshold: client ', p_client, ' has none of ', COALESCE(TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM p_threshold)), 'NULL'), ' percent; the set ''', v_set, ''' has ',
      COALESCE(v_list, 'none'));
  ELSEIF v_channel IS NULL THEN
    SET v_why = 'There is no channel for usage alerts: set usage_channel in purser.settings to a channel of kind mail in purser.alert_channels';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  SELECT JSON_ARRAY(JSON_ARRAY(l.client_id, v_month, CAST(p_threshold AS DECIMAL(5,2)), v_type,
           COALESCE(GREATEST(COALESCE(purser.usage_percent(s.volume, l.volume_limit), 0),
                             COALESCE(purser.usage_percent(s.transactions, l.transaction_limit), 0)), 0),
           IF(COALESCE(purser.usage_percent(s.volume, l.volume_limit), -1)
              >= COALESCE(purser.usage_percent(s.transactions, l.transaction_limit), -1), 'volume', 'transactions'),
           s.volume, l.volume_limit, s.transactions, l.transaction_limit, l.currency, l.package))
    INTO v_row
    FROM purser.client_limits AS l
    JOIN (SELECT COALESCE(SUM(volume), 0) AS volume, COALESCE(SUM(transactions), 0) AS transactions
            FROM purser.client_usage WHERE client_id = p_client AND month = v_month) AS s
   WHERE l.client_id = p_client;
  IF v_own THEN
    START TRANSACTION;
  END IF;
  SET STATEMENT innodb_snapshot_isolation = 0 FOR CALL purser.usage_mail(v_row, v_channel, v_key);
  SELECT id AS message, recipient, subject FROM purser.outbox WHERE dedup_key = v_key;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/triggers_lock.sql
-- Of two sessions that make and drop triggers of one table, each would take back half of the other's: the definer's rights
-- above all, without which every write to the table fails. A session that still has the lock (it was killed) takes it again;
-- it is given back as often as this session has it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.triggers_lock(
  IN p_take BOOLEAN)
  NO SQL SQL SECURITY INVOKER
  COMMENT 'Who enables or ends auditing, or maps a table, does so alone. Used by audit_enable, audit_disable, map_usage and unmap_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF p_take THEN
    IF NOT COALESCE(GET_LOCK('purser.triggers', 10), FALSE) THEN
      SET v_why = CONCAT('Another session enables or ends the auditing of a table just now, or maps one: connection ',
        COALESCE(IS_USED_LOCK('purser.triggers'), '(gone)'), '. Wait for it, or end it');
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
    END IF;
  ELSE
    WHILE COALESCE(RELEASE_LOCK('purser.triggers'), 0) = 1 DO
      BEGIN END;
    END WHILE;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/unmap_usage.sql
-- INVOKER, as map_usage. What was counted stays; CALL purser.recount_usage(NULL, NULL) makes it client_transactions' alone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.unmap_usage()
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Counts purser.client_transactions again, and takes the triggers of the mapped table away'
BEGIN
  DECLARE v_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    CALL purser.triggers_lock(FALSE);
    RESIGNAL;
  END;

  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'unmap_usage commits, as every DDL does: COMMIT or ROLLBACK the transaction of this session first';
  END IF;
  CALL purser.triggers_lock(TRUE);
  SELECT MAX(value) INTO v_old FROM purser.settings WHERE name = 'usage_table';
  COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
  IF v_old IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'No table is mapped: purser.client_transactions is counted';
  END IF;
  CALL purser.usage_map_drop();
  CALL purser.usage_map_note(v_old, NULL);
  COMMIT AND NO CHAIN NO RELEASE;
  CALL purser.triggers_lock(FALSE);
END//
DELIMITER ;

-- ---- sql/procedures/usage_alert.sql
-- Each row of p_alerts: client, month, threshold, type, percentage, measure, volume, its limit, transactions, their limit,
-- currency, package, covered_by, the alert that is there already (or NULL), whether the threshold is reached.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_alert(
  IN p_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_now DATETIME(6),
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the alerts of thresholds that were reached or are so no more, and the mails. Used by usage_check'
BEGIN
  DECLARE v_mails LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  IF EXISTS (SELECT 1 FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[13]')) AS j WHERE j.id IS NOT NULL) THEN
    UPDATE JSON_TABLE(p_alerts, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$[13]', reached BOOLEAN PATH '$[14]')) AS j
      STRAIGHT_JOIN purser.usage_alerts AS a ON a.id = j.id
       SET a.cleared_at = IF(j.reached, NULL, p_now);
  END IF;
  INSERT INTO purser.usage_alerts
    (client_id, threshold, alert_type, usage_percentage, measure, current_volume, max_volume, current_transactions,
     max_transactions, currency, package, alert_month, created_at, covered_by)
  SELECT j.client_id, j.threshold, j.alert_type, j.percentage, j.measure, j.volume, j.max_volume, j.transactions,
         j.max_transactions, j.currency, j.package, j.month, p_now, j.covered_by
    FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (
           n FOR ORDINALITY,
           client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]',
           alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[3]', percentage DECIMAL(12,2) PATH '$[4]', measure VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[5]',
           volume DECIMAL(25,4) PATH '$[6]', max_volume DECIMAL(19,4) PATH '$[7]', transactions BIGINT PATH '$[8]',
           max_transactions BIGINT UNSIGNED PATH '$[9]', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[10]', package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[11]',
           covered_by DECIMAL(5,2) PATH '$[12]',
           id BIGINT UNSIGNED PATH '$[13]', reached BOOLEAN PATH '$[14]')) AS j
   WHERE j.id IS NULL
   ORDER BY j.n;
  SELECT JSON_ARRAYAGG(JSON_EXTRACT(j.piece, '$') ORDER BY j.n) INTO v_mails
    FROM JSON_TABLE(p_alerts, '$[*]' COLUMNS (n FOR ORDINALITY, piece JSON PATH '$',
           covered_by DECIMAL(5,2) PATH '$[12]', id BIGINT UNSIGNED PATH '$[13]')) AS j
   WHERE j.id IS NULL AND j.covered_by IS NULL;
  SET p_mails = 0;
  IF p_channel IS NOT NULL AND v_mails IS NOT NULL THEN
    CALL purser.usage_mail_alerts(v_mails, p_channel, p_mails);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_begin.sql
-- READ COMMITTED: a statement that writes what it reads elsewhere does not lock that. InnoDB refuses it to a
-- binary log of statements.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_begin()
  NO SQL SQL SECURITY DEFINER
  COMMENT 'Begins a transaction of a check. Used by usage_check'
BEGIN
  COMMIT AND NO CHAIN NO RELEASE;
  IF @@SESSION.binlog_format = 'STATEMENT' THEN
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
  ELSE
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
  END IF;
  START TRANSACTION;
END//
DELIMITER ;

-- ---- sql/procedures/usage_calendar.sql
-- The start of a month is not moved any more once something was counted in it or after it: what was counted
-- would belong to another month than its correction. Where there are older counts, only months move that begin
-- after now by the old zone and by the new one, because the end of the last month may hold transactions.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_calendar()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes usage_months, 24 months back and ten years ahead, in purser_time_zone'
BEGIN
  DECLARE v_own BOOLEAN DEFAULT @@autocommit = 1 AND @@in_transaction = 0;
  DECLARE v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT CONVERT(purser_setting('time_zone') USING utf8mb4);
  DECLARE v_from, v_last, v_old_zone, v_moved VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_months LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_current CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_clients BIGINT DEFAULT 0;
  DECLARE v_movable DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    IF v_own THEN
      ROLLBACK AND NO CHAIN NO RELEASE;
    END IF;
    RESIGNAL;
  END;

  IF v_zone IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'purser_time_zone is not known while the plugin is not installed: INSTALL SONAME ''purser''. The months stay as they are';
  END IF;
  SET v_from = DATE_FORMAT(v_now - INTERVAL 24 MONTH, '%Y-%m');
  -- Into a variable: no statement of the binary log mentions a function of purser.so.
  SET v_months = CONVERT(purser_setting(CONCAT('months:', v_zone, ':', v_from, ':145')) USING utf8mb4);

  IF v_own THEN
    START TRANSACTION;
  END IF;
  -- One at a time: the first row is the lock.
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT MIN(zone) INTO v_old_zone FROM purser.usage_months WHERE month = (SELECT MIN(month) FROM purser.usage_months) FOR UPDATE;
  -- What was taken away again (a payment with a wrong date) holds no month where it is.
  SELECT GREATEST(COALESCE((SELECT month FROM purser.client_usage WHERE volume <> 0 OR transactions <> 0 OR other_currency <> 0 ORDER BY month DESC LIMIT 1), ''),
                  COALESCE((SELECT MAX(month) FROM purser.usage_history), '')) INTO v_last;
  IF v_last = '' THEN
    SET v_movable = '0001-01-01';
  END IF;

  SELECT MIN(m.month), MIN(m.zone) INTO v_moved, v_old_zone
    FROM purser.usage_months AS m JOIN JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j ON j.month = m.month
   WHERE m.month > v_last AND LEAST(m.starts_at, j.starts_at) > v_movable AND m.starts_at <> j.starts_at;
  SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
  UPDATE purser.usage_months AS m JOIN JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j ON j.month = m.month
     SET m.starts_at = j.starts_at, m.zone = v_zone
   WHERE m.month > v_last AND LEAST(m.starts_at, j.starts_at) > v_movable AND (m.starts_at <> j.starts_at OR m.zone <> v_zone);
  INSERT INTO purser.usage_months (month, starts_at, zone)
  SELECT j.month, j.starts_at, v_zone
    FROM JSON_TABLE(v_months, '$[*]' COLUMNS (
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[0]', starts_at DATETIME(6) PATH '$[1]')) AS j
   WHERE j.month > v_last AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = j.month) = 0;
  -- While there is no client nothing was used: a month that is over then is nothing to tell of, and nothing to invoice.
  SELECT COUNT(*) INTO v_clients FROM (SELECT id FROM purser.clients LIMIT 1) AS c;
  IF v_clients = 0 THEN
    SELECT MAX(month) INTO v_current FROM purser.usage_months WHERE starts_at <= v_now;
    SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
    UPDATE purser.usage_months SET closed_at = IF(month < v_current, v_now, NULL) WHERE (closed_at IS NULL) = (month < v_current);
  END IF;
  IF v_moved IS NOT NULL THEN
    CALL purser.admin_note('calendar', 'month', v_moved, NULL, JSON_OBJECT('zone', v_old_zone), JSON_OBJECT('zone', v_zone));
  END IF;
  IF v_own THEN
    COMMIT AND NO CHAIN NO RELEASE;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check.sql
-- Commits by itself, in steps: killed at any moment, the next one goes on.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check(
  IN p_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_clients BIGINT,
  OUT p_alerts BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Tells clients of the thresholds that they have reached; p_before: only in months before it. p_clients: how many it looked at, p_alerts: mails that it wrote'
BEGIN
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.group_concat_max_len;
  DECLARE v_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '[]';
  DECLARE v_left BIGINT;
  DECLARE v_ahead CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION group_concat_max_len = v_old;
    RESIGNAL;
  END;

  SET p_clients = 0, p_alerts = 0;
  IF @@in_transaction = 1 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'The usage check commits by itself and cannot be part of a transaction: COMMIT or ROLLBACK first';
  END IF;
  SET SESSION group_concat_max_len = 1073741824;
  SET v_channel = purser.usage_channel();
  CALL purser.usage_check_overrides();
  CALL purser.usage_check_packages(v_channel, p_clients, p_alerts);
  IF v_channel IS NOT NULL AND p_before IS NULL THEN
    CALL purser.usage_check_owed(v_channel, p_alerts);
  END IF;
  -- A month that has not begun is not told of: what is written ahead stays due.
  SELECT MIN(month) INTO v_ahead FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6);
  CALL purser.usage_check_due(COALESCE(LEAST(p_before, v_ahead), p_before, v_ahead), v_channel, v_late, p_clients, p_alerts);
  CALL purser.usage_check_late(v_late, v_channel, p_alerts, v_left);
  SET SESSION group_concat_max_len = v_old;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_ahead.sql
-- What was used in a month that has not begun is told when it begins, not before. Where limits change, its rows are only
-- marked, so that the first check of that month looks at them. A row that somebody holds is left for the next check.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_ahead(
  IN p_package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_from CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_left BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Marks as due what the clients of a package have used in months from p_from on; p_left: rows that are locked. Used by usage_check_packages'
BEGIN
  DECLARE v_slots, v_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT p_from;
  DECLARE v_client BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_last VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  SET p_left = 0;
  this_loop: LOOP
    SELECT JSON_ARRAYAGG(IF(c.package = p_package AND NOT u.due, JSON_ARRAY(u.client_id, u.month, u.slot), NULL)),
           MAX(CONCAT(u.month, LPAD(u.client_id, 20, '0')))
      INTO v_slots, v_last
      FROM (SELECT DISTINCT f.client_id, f.month
              FROM (SELECT client_id, month FROM purser.client_usage FORCE INDEX (by_month)
                     WHERE month > v_month OR month = v_month AND client_id > v_client
                     ORDER BY month, client_id LIMIT 1000) AS f) AS d
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = d.client_id AND u.month = d.month
      STRAIGHT_JOIN purser.clients AS c ON c.id = u.client_id;
    IF v_last IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_month = LEFT(v_last, 7), v_client = SUBSTRING(v_last, 8);
    CALL purser.usage_begin();
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)) INTO v_locked
      FROM JSON_TABLE(v_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE SKIP LOCKED;
    UPDATE JSON_TABLE(v_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       SET u.due = TRUE;
    COMMIT AND NO CHAIN NO RELEASE;
    SET p_left = p_left + (SELECT COUNT(*) FROM JSON_TABLE(v_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]')) AS j WHERE j.client_id IS NOT NULL)
                        - COALESCE(JSON_LENGTH(v_locked), 0);
  END LOOP;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_alerts.sql
-- The percentages are those of purser.usage_percent, written out as in usage_check_levels, which says what p_changes is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_alerts(
  IN p_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes what usage_check_levels found: thresholds with their percentages, and what covers them. Used by usage_check'
BEGIN
  DECLARE v_alerts LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_ARRAY(n.client_id, n.month, n.threshold, n.alert_type,
           COALESCE(GREATEST(n.percent_volume, n.percent_transactions), n.percent_volume, n.percent_transactions),
           IF(COALESCE(n.percent_volume, -1) >= COALESCE(n.percent_transactions, -1), 'volume', 'transactions'),
           n.volume, n.volume_limit, n.transactions, n.transaction_limit, n.currency, n.package,
           NULLIF(GREATEST(n.top, COALESCE((SELECT MAX(b.threshold) FROM purser.usage_alerts AS b -- told by another set
              WHERE b.client_id = n.client_id AND b.alert_month = n.month
                AND b.threshold <= GREATEST(COALESCE(n.percent_volume, 0), COALESCE(n.percent_transactions, 0))), 0)), n.threshold),
           n.id, n.reached) ORDER BY n.client_id, n.month, n.threshold)
    INTO v_alerts
    FROM (
      SELECT w.*,
             CASE WHEN w.volume_limit = 0 THEN IF(w.volume > 0, 999, 0) WHEN w.volume > w.volume_limit * 10000000 THEN 999999999.99 WHEN w.volume < 0 THEN 0
                  ELSE ((w.volume * 10000) DIV w.volume_limit) * 0.01 END AS percent_volume,
             CASE WHEN w.transaction_limit = 0 THEN IF(w.transactions > 0, 999, 0) WHEN w.transactions > w.transaction_limit * 10000000.0 THEN 999999999.99 WHEN w.transactions < 0 THEN 0
                  ELSE ((w.transactions * 10000) DIV w.transaction_limit) * 0.01 END AS percent_transactions
        FROM JSON_TABLE(p_changes, '$[*]' COLUMNS (
               client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
               volume DECIMAL(25,4) PATH '$[2]', volume_limit DECIMAL(19,4) PATH '$[3]', transactions DECIMAL(25) PATH '$[4]',
               transaction_limit BIGINT UNSIGNED PATH '$[5]', currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[6]',
               package VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[7]', top DECIMAL(5,2) PATH '$[8]',
               NESTED PATH '$[9][*]' COLUMNS (threshold DECIMAL(5,2) PATH '$[0]',
                 alert_type VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', id BIGINT UNSIGNED PATH '$[2]',
                 reached BOOLEAN PATH '$[3]'))) AS w
       WHERE w.threshold IS NOT NULL) AS n;
  CALL purser.usage_alert(v_alerts, p_channel, UTC_TIMESTAMP(6), p_mails);
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_batch.sql
-- The locks come first, so that all that is read after them is what was committed before. Rows are named by their whole
-- key: no gap is locked, in which a payment would wait. What the statements write comes in JSON from variables: it is the
-- same on a replica, and no row of clients or packages is locked by reading it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_batch(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks clients, given by their rows of client_usage, in a transaction of its own; p_missed: those whose rows are locked. Used by usage_check'
BEGIN
  DECLARE v_locked, v_quiet, v_levels, v_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  SET p_missed = NULL, p_mails = 0;
  CALL purser.usage_begin();
  CALL purser.usage_check_lock(p_slots, p_wait, v_locked, p_missed);
  CALL purser.usage_check_quiet(v_locked, v_quiet);
  IF v_locked IS NOT NULL THEN
    CALL purser.usage_check_levels(v_locked, v_levels, v_changes);
  END IF;
  IF v_changes IS NOT NULL THEN
    CALL purser.usage_check_alerts(v_changes, p_channel, p_mails);
  END IF;
  SET v_levels = IF(v_levels IS NULL, v_quiet, IF(v_quiet IS NULL, v_levels, JSON_MERGE_PRESERVE(v_quiet, v_levels)));
  UPDATE JSON_TABLE(v_levels, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS j
    STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
     SET u.quiet_volume = j.volume, u.quiet_transactions = j.transactions, u.due = FALSE;
  COMMIT AND NO CHAIN NO RELEASE;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_due.sql
-- Finds clients without a lock, which usage_check_batch then takes. An error is kept to the end: one client that cannot
-- be checked keeps no other from it, and is tried alone with those whose rows were locked.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_due(
  IN p_before CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_clients BIGINT,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks what is due; p_late: the clients whose rows others had locked. Used by usage_check'
BEGIN
  DECLARE v_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
  DECLARE v_client BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_last VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_found BIGINT;

  this_loop: LOOP
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)), MAX(CONCAT(d.month, LPAD(d.client_id, 20, '0'))), COUNT(DISTINCT d.month, d.client_id)
      INTO v_slots, v_last, v_found
      FROM (SELECT DISTINCT f.client_id, f.month
              FROM (SELECT client_id, month FROM purser.client_usage FORCE INDEX (by_due)
                     WHERE due = TRUE AND (month > v_month OR month = v_month AND client_id > v_client)
                       AND (p_before IS NULL OR month < p_before)
                     ORDER BY month, client_id LIMIT 1000) AS f) AS d
      STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = d.client_id AND u.month = d.month;
    IF v_slots IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_month = LEFT(v_last, 7), v_client = SUBSTRING(v_last, 8), p_clients = p_clients + v_found;
    CALL purser.usage_check_some(v_slots, p_channel, p_late, p_mails);
  END LOOP;
  -- Whose rows another check had locked, that one has done.
  SELECT COALESCE(JSON_ARRAYAGG(JSON_ARRAY(j.client_id, j.month)), '[]') INTO p_late
    FROM JSON_TABLE(p_late, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j
   WHERE EXISTS (SELECT 1 FROM purser.client_usage AS u WHERE u.client_id = j.client_id AND u.month = j.month AND u.due);
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_highest.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_highest(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Of all alerts that clients have in a month, tells of each client the highest that is owed, unless a higher one was told. Used by usage_check_owed'
BEGIN
  DECLARE v_tell, v_cover LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_EXTRACT(o.piece, '$')) INTO v_tell
    FROM (SELECT j.*, MAX(j.threshold) OVER (PARTITION BY j.client_id) AS top
            FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
                   month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]', covered_by DECIMAL(5,2) PATH '$[12]',
                   outbox_id BIGINT UNSIGNED PATH '$[13]', cleared BOOLEAN PATH '$[14]')) AS j
           WHERE NOT j.cleared) AS o
   WHERE o.threshold = o.top AND o.outbox_id IS NULL AND o.covered_by IS NULL;
  SELECT JSON_ARRAYAGG(JSON_ARRAY(o.client_id, o.month, o.threshold, o.top)) INTO v_cover
    FROM (SELECT j.*, MAX(j.threshold) OVER (PARTITION BY j.client_id) AS top
            FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
                   month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]', covered_by DECIMAL(5,2) PATH '$[12]',
                   outbox_id BIGINT UNSIGNED PATH '$[13]', cleared BOOLEAN PATH '$[14]')) AS j
           WHERE NOT j.cleared) AS o
   WHERE o.threshold < o.top AND o.outbox_id IS NULL AND o.covered_by IS NULL;
  SET p_mails = 0;
  UPDATE JSON_TABLE(v_cover, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           threshold DECIMAL(5,2) PATH '$[2]', top DECIMAL(5,2) PATH '$[3]')) AS j
    STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = j.month AND a.threshold = j.threshold
     SET a.covered_by = j.top;
  IF v_tell IS NOT NULL THEN
    CALL purser.usage_mail_alerts(v_tell, p_channel, p_mails);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_late.sql
-- A client that is paid by a hundred connections all the time is hardly ever found without a lock; who waits gets
-- its turn. Bounded: 2 s for a client, 60 s in all.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_late(
  IN p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT,
  OUT p_left BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks, one at a time, the clients whose rows were locked. p_left: how many still wait. Used by usage_check'
BEGIN
  DECLARE v_end DATETIME(6) DEFAULT SYSDATE(6) + INTERVAL 60 SECOND;
  DECLARE v_slots, v_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why, v_first TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_mails BIGINT DEFAULT 0;
  DECLARE v_errors INT DEFAULT 0;
  DECLARE v_old BIGINT UNSIGNED DEFAULT @@SESSION.innodb_lock_wait_timeout;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    SET SESSION innodb_lock_wait_timeout = v_old;
    RESIGNAL;
  END;

  SET p_left = 0;
  SET SESSION innodb_lock_wait_timeout = 2;
  FOR late IN (SELECT DISTINCT client_id, month FROM JSON_TABLE(p_late, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
                 month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j)
  DO
    IF v_errors < 20 AND SYSDATE(6) < v_end THEN
      BEGIN
        DECLARE EXIT HANDLER FOR 1205, 1213
          SET p_left = p_left + 1;
        DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed
        DECLARE EXIT HANDLER FOR SQLEXCEPTION
        BEGIN
          GET DIAGNOSTICS CONDITION 1 v_why = MESSAGE_TEXT;
          SET v_errors = v_errors + 1, p_left = p_left + 1,
              v_first = COALESCE(v_first, CONCAT('Client ', late.client_id, ' could not be checked: ', v_why));
        END;
        SET v_mails = 0;
        SELECT JSON_ARRAYAGG(JSON_ARRAY(client_id, month, slot)) INTO v_slots FROM purser.client_usage
         WHERE client_id = late.client_id AND month = late.month;
        IF v_slots IS NOT NULL THEN
          CALL purser.usage_check_batch(v_slots, TRUE, p_channel, v_missed, v_mails);
        END IF;
        SET p_mails = p_mails + v_mails;
      END;
    ELSE
      SET p_left = p_left + 1;
    END IF;
  END FOR;
  SET SESSION innodb_lock_wait_timeout = v_old;
  IF v_first IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_first;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_levels.sql
-- The levels are those of purser.usage_level, written out: a call for each threshold of each client would take longer than
-- all else. What has to be said of a client is [client, month, volume, its limit, transactions, their limit, currency, package,
-- highest threshold that is reached, [[threshold, type, alert, reached], …]], with null for clients and thresholds of which
-- there is nothing. (GROUP_CONCAT would leave these out, but CONCAT beside it gives NULL beyond max_allowed_packet.)
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_levels(
  IN p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_levels LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_changes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next levels of clients whose rows are locked, and the alerts that have to be written or changed. Used by usage_check'
SELECT JSON_ARRAYAGG(JSON_ARRAY(k.client_id, k.month, k.slot,
         COALESCE(k.volume + IF(x.slots = 1, x.next_volume - x.volume, TRUNCATE((x.next_volume - x.volume) / x.slots, 4) - 0.0001),
                  999999999999999999999),
         COALESCE(k.transactions + (x.next_transactions - x.transactions) DIV x.slots, 9223372036854775807))),
       IF(COUNT(x.changes) = 0, NULL, JSON_ARRAYAGG(JSON_COMPACT(IF(k.slot = x.first_slot, x.changes, NULL))))
  INTO p_levels, p_changes
  FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
         slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS k
  JOIN (
    SELECT r.client_id, r.month, r.first_slot, r.slots, r.volume, r.transactions,
           MIN(IF(r.reached, NULL, r.level_volume)) AS next_volume,
           MIN(IF(r.reached OR r.level_transactions > 9000000000000000000, NULL, r.level_transactions)) AS next_transactions,
           IF(SUM(r.reached AND a.id IS NULL OR a.id IS NOT NULL AND (a.cleared_at IS NULL) <> r.reached) = 0, NULL,
             JSON_ARRAY(r.client_id, r.month, r.volume, r.volume_limit, r.transactions, r.transaction_limit, r.currency, r.package,
               MAX(IF(r.reached, r.threshold, NULL)),
               JSON_COMPACT(JSON_ARRAYAGG(IF(r.reached AND a.id IS NULL OR a.id IS NOT NULL AND (a.cleared_at IS NULL) <> r.reached,
                 JSON_ARRAY(r.threshold, r.alert_type, a.id, r.reached), NULL))))) AS changes
      FROM (
        SELECT STRAIGHT_JOIN s.client_id, s.month, s.first_slot, s.slots, s.volume, s.transactions, t.threshold, t.alert_type,
               l.volume_limit, l.transaction_limit, l.currency, l.package,
               IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
               IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions,
               COALESCE(s.volume >= IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001), FALSE)
                 OR COALESCE(s.transactions >= IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)), FALSE) AS reached
          FROM (SELECT client_id, month, MIN(slot) AS first_slot, COUNT(*) AS slots, SUM(volume) AS volume, SUM(transactions) AS transactions
                  FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                         slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS locked
                 GROUP BY client_id, month) AS s
          LEFT JOIN (purser.client_limits AS l JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds)
            ON l.client_id = s.client_id AND l.status = 'active'
           AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = s.month AND m.closed_at IS NOT NULL) = 0
         LIMIT 100000000) AS r -- a temporary table: else each use of reached would find it out anew
      LEFT JOIN purser.usage_alerts AS a ON a.client_id = r.client_id AND a.alert_month = r.month AND a.threshold = r.threshold
     GROUP BY r.client_id, r.month) AS x
    ON x.client_id = k.client_id AND x.month = k.month//
DELIMITER ;

-- ---- sql/procedures/usage_check_lock.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_lock(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_wait BOOLEAN,
  OUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Locks rows of client_usage, and says what they hold; p_missed: clients of whom a row is locked by others. Used by usage_check'
BEGIN
  IF p_wait THEN
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO p_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE;
  ELSE
    SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot, u.volume, u.transactions)) INTO p_locked
      FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
             month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
      STRAIGHT_JOIN purser.client_usage AS u FORCE INDEX (PRIMARY) ON u.client_id = j.client_id AND u.month = j.month AND u.slot = j.slot
       FOR UPDATE SKIP LOCKED;
    IF JSON_LENGTH(p_slots) > COALESCE(JSON_LENGTH(p_locked), 0) THEN
      CALL purser.usage_check_whole(p_slots, p_locked, p_missed);
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_overrides.sql
-- That an override begins or ends is a matter of the clock: nobody writes anything then.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_overrides()
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Marks the clients as due whose overrides have begun or ended since the last check. Used by usage_check'
BEGIN
  DECLARE v_now DATETIME(6) DEFAULT UTC_TIMESTAMP(6);
  DECLARE v_turn BOOLEAN DEFAULT FALSE;
  DECLARE EXIT HANDLER FOR 1205
  BEGIN
    -- Somebody has an override in a transaction that is open: the next check does it, and this one the rest of its work.
    ROLLBACK AND NO CHAIN NO RELEASE;
    IF v_turn THEN
      RESIGNAL;
    END IF;
  END;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  FOR begun IN (SELECT id, client_id FROM purser.pricing_overrides
                 WHERE start_seen_at IS NULL AND starts_at <= v_now ORDER BY starts_at LIMIT 10000)
  DO
    CALL purser.usage_begin();
    -- The turn before the counters, or payments would wait with this for whoever has it.
    SET v_turn = FALSE;
    SET STATEMENT innodb_snapshot_isolation = 0, innodb_lock_wait_timeout = 1 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    SET v_turn = TRUE;
    -- The counters before the override, as who counts the first transaction of a month locks them.
    CALL purser.usage_due(begun.client_id);
    -- a row that a session without the table's checks has written ends no round
    SET STATEMENT check_constraint_checks = 0 FOR
    UPDATE purser.pricing_overrides SET start_seen_at = v_now WHERE id = begun.id AND start_seen_at IS NULL;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
  FOR ended IN (SELECT id, client_id FROM purser.pricing_overrides
                 WHERE end_seen_at IS NULL AND ends_at <= v_now ORDER BY ends_at LIMIT 10000)
  DO
    CALL purser.usage_begin();
    SET v_turn = FALSE;
    SET STATEMENT innodb_snapshot_isolation = 0, innodb_lock_wait_timeout = 1 FOR
    INSERT INTO purser.override_lock (id, changes) VALUES (1, 0) ON DUPLICATE KEY UPDATE changes = changes;
    SET v_turn = TRUE;
    CALL purser.usage_due(ended.client_id);
    SET STATEMENT check_constraint_checks = 0 FOR
    UPDATE purser.pricing_overrides SET end_seen_at = v_now WHERE id = ended.id AND end_seen_at IS NULL AND ends_at <= v_now;
    IF ROW_COUNT() = 1 THEN
      INSERT INTO purser.admin_log (actor, action, object, object_id, client_id, old_values, reason)
      SELECT 'purser', 'ended', 'override', o.id, o.client_id,
             JSON_OBJECT('price', o.price, 'volume_limit', o.volume_limit, 'transaction_limit', o.transaction_limit, 'currency', o.currency,
                         'starts_at', o.starts_at, 'ends_at', o.ends_at), 'its time is over'
        FROM purser.pricing_overrides AS o WHERE o.id = ended.id;
    END IF;
    COMMIT AND NO CHAIN NO RELEASE;
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_owed.sql
-- Alerts that were recorded while there was no channel: of each client the highest is told, once there is one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_owed(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the mails of this month''s alerts that have none. Used by usage_check'
BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_clients, v_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_last BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_next BIGINT UNSIGNED;
  DECLARE v_mails BIGINT;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK AND NO CHAIN NO RELEASE;
    RESIGNAL;
  END;

  this_loop: LOOP
    SELECT JSON_ARRAYAGG(f.id), MAX(f.client_id) INTO v_clients, v_next
      FROM (SELECT DISTINCT a.client_id, a.client_id AS id
              FROM purser.usage_alerts AS a FORCE INDEX (by_outbox) JOIN purser.clients AS c ON c.id = a.client_id AND c.status = 'active'
             WHERE a.outbox_id IS NULL AND a.covered_by IS NULL AND a.alert_month = v_month AND a.client_id > v_last AND a.cleared_at IS NULL
             ORDER BY a.client_id LIMIT 500) AS f;
    IF v_clients IS NULL THEN
      LEAVE this_loop;
    END IF;
    SET v_last = v_next, v_mails = 0;
    CALL purser.usage_begin();
    SELECT JSON_ARRAYAGG(JSON_ARRAY(a.client_id, a.alert_month, a.threshold, a.alert_type, a.usage_percentage, a.measure, a.current_volume,
             a.max_volume, a.current_transactions, a.max_transactions, a.currency, a.package, a.covered_by, a.outbox_id, a.cleared_at IS NOT NULL))
      INTO v_rows
      FROM JSON_TABLE(v_clients, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$')) AS j
      STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = v_month
       FOR UPDATE;
    CALL purser.usage_check_highest(v_rows, p_channel, v_mails);
    COMMIT AND NO CHAIN NO RELEASE;
    SET p_mails = p_mails + v_mails;
  END LOOP;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_packages.sql
-- The clients of a package whose limits have changed are checked where they stand, without being marked as due before:
-- a million rows are then written once. The note goes when all were checked; killed in between, it begins anew.
-- It waits for nobody: who counts the first transaction of a month holds the package, and others wait for that count.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_packages(
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_clients BIGINT,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks the clients of packages whose limits or thresholds have changed. Used by usage_check'
BEGIN
  DECLARE v_slots, v_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_last, v_next BIGINT UNSIGNED;
  DECLARE v_found, v_left BIGINT;
  DECLARE v_ahead CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  FOR changed IN (SELECT name, limits_changed_at FROM purser.packages WHERE limits_changed_at IS NOT NULL)
  DO
    SET v_last = 0, v_late = '[]', v_left = 0;
    SELECT MIN(month) INTO v_ahead FROM purser.usage_months WHERE starts_at > UTC_TIMESTAMP(6);
    this_package: LOOP
      SELECT MAX(c.id) INTO v_next
        FROM (SELECT id FROM purser.clients FORCE INDEX (by_package)
               WHERE package = changed.name AND status = 'active' AND id > v_last ORDER BY id LIMIT 1000) AS c;
      IF v_next IS NULL THEN
        LEAVE this_package;
      END IF;
      -- no NOT EXISTS: see docs/internals/style.md, "A call that is interrupted"
      SELECT JSON_ARRAYAGG(JSON_ARRAY(u.client_id, u.month, u.slot)), COUNT(DISTINCT u.client_id, u.month)
        INTO v_slots, v_found
        FROM (SELECT id FROM purser.clients FORCE INDEX (by_package)
               WHERE package = changed.name AND status = 'active' AND id > v_last AND id <= v_next) AS c
        STRAIGHT_JOIN purser.client_usage AS u ON u.client_id = c.id
       WHERE COALESCE(u.month < v_ahead, TRUE)
         AND (SELECT COUNT(*) FROM purser.usage_months AS m WHERE m.month = u.month AND m.closed_at IS NOT NULL) = 0;
      SET v_last = v_next;
      IF v_slots IS NOT NULL THEN
        SET p_clients = p_clients + v_found;
        CALL purser.usage_check_some(v_slots, p_channel, v_late, p_mails);
      END IF;
      IF JSON_LENGTH(v_late) >= 1000 THEN
        CALL purser.usage_check_late(v_late, p_channel, p_mails, v_found);
        SET v_left = v_left + v_found, v_late = '[]';
      END IF;
    END LOOP;
    CALL purser.usage_check_late(v_late, p_channel, p_mails, v_found);
    SET v_left = v_left + v_found;
    CALL purser.usage_check_ahead(changed.name, v_ahead, v_found);
    IF v_left + v_found = 0 THEN
      CALL purser.usage_begin();
      SET v_name = NULL;
      SELECT name INTO v_name FROM purser.packages WHERE name = changed.name FOR UPDATE SKIP LOCKED;
      -- a row that a session without the table's checks has written ends no round
      SET STATEMENT check_constraint_checks = 0 FOR
      UPDATE purser.packages SET limits_changed_at = NULL
       WHERE name = v_name AND limits_changed_at = changed.limits_changed_at;
      COMMIT AND NO CHAIN NO RELEASE;
    END IF;
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_quiet.sql
-- Most clients of a large check are below their lowest threshold and were told nothing: their levels are those of that
-- threshold, whatever else there is. One row a client is read for them, instead of one for each threshold. What is said here is
-- what usage_check_levels would say; whoever is in doubt is left to it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_quiet(
  INOUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_levels LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'Takes out of p_locked the clients of one slot of whom there is nothing to say: their next levels in p_levels. Used by usage_check'
BEGIN
  DECLARE v_shared, v_levels, v_others LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_quiet, v_left BIGINT DEFAULT 0;

  SELECT GROUP_CONCAT(DISTINCT j.client_id) INTO v_shared
    FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', slot TINYINT UNSIGNED PATH '$[2]')) AS j
   WHERE j.slot <> 0;
  -- split: see docs/internals/style.md, "A call that is interrupted"
  SET STATEMENT optimizer_switch = 'split_materialized=off' FOR
  SELECT CONCAT('[', GROUP_CONCAT(IF(q.quiet, JSON_ARRAY(q.client_id, q.month, 0,
                     COALESCE(q.level_volume, 999999999999999999999), COALESCE(q.level_transactions, 9223372036854775807)), NULL)), ']'),
         CONCAT('[', GROUP_CONCAT(IF(q.quiet, NULL, JSON_ARRAY(q.client_id, q.month, q.slot, q.volume, q.transactions))), ']'),
         COALESCE(SUM(q.quiet), 0), COALESCE(SUM(NOT q.quiet), 0)
    INTO v_levels, v_others, v_quiet, v_left
    FROM (
      SELECT x.client_id, x.month, x.slot, x.volume, x.transactions, x.level_volume,
             IF(x.level_transactions > 9000000000000000000, NULL, x.level_transactions) AS level_transactions,
             x.alone AND (x.threshold IS NULL -- inactive, closed, or no threshold
               OR COALESCE(x.volume < x.level_volume, TRUE) AND COALESCE(x.transactions < x.level_transactions, TRUE)
                  AND (SELECT COUNT(*) FROM purser.usage_alerts AS a WHERE a.client_id = x.client_id AND a.alert_month = x.month) = 0) AS quiet
        FROM (
          SELECT STRAIGHT_JOIN k.client_id, k.month, k.slot, k.volume, k.transactions, t.threshold,
                 k.slot = 0 AND (v_shared IS NULL OR NOT FIND_IN_SET(k.client_id, v_shared)) AS alone,
                 IF(l.volume_limit = 0, 0.0001, CEILING(l.volume_limit * t.threshold * 100) * 0.0001) AS level_volume,
                 IF(l.transaction_limit = 0, 1, CEILING(l.transaction_limit * t.threshold * 0.01)) AS level_transactions
            FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
                   slot TINYINT UNSIGNED PATH '$[2]', volume DECIMAL(25,4) PATH '$[3]', transactions BIGINT PATH '$[4]')) AS k
            LEFT JOIN purser.usage_months AS m ON m.month = k.month
            LEFT JOIN (purser.client_limits AS l
                       JOIN (SELECT name_of_set, MIN(threshold) AS threshold FROM purser.usage_thresholds GROUP BY name_of_set) AS t
                         ON t.name_of_set = l.thresholds)
              ON l.client_id = k.client_id AND l.status = 'active' AND m.closed_at IS NULL) AS x
       LIMIT 1000000) AS q; -- a temporary table: else each use of quiet would find it out anew
  -- CONCAT gives NULL beyond max_allowed_packet: then all go the long way.
  SET p_levels = NULL;
  IF (v_levels IS NULL) = (v_quiet = 0) AND (v_others IS NULL) = (v_left = 0) THEN
    SET p_levels = v_levels, p_locked = v_others;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_some.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_some(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_late LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Checks a batch of clients; those that it could not check are added to p_late. Used by usage_check'
BEGIN
  DECLARE v_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_mails BIGINT DEFAULT 0;
  DECLARE v_failed BOOLEAN DEFAULT FALSE;
  DECLARE v_try INT DEFAULT 0;
  DECLARE EXIT HANDLER FOR SQLSTATE '70100' RESIGNAL; -- killed: that is no fault of these clients
  DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET v_failed = TRUE;

  REPEAT
    SET v_failed = FALSE, v_missed = NULL, v_mails = 0, v_try = v_try + 1;
    CALL purser.usage_check_batch(p_slots, FALSE, p_channel, v_missed, v_mails);
  UNTIL NOT v_failed OR v_try = 3 END REPEAT;
  IF v_failed THEN
    SET v_mails = 0,
        v_missed = (SELECT JSON_ARRAYAGG(JSON_ARRAY(d.client_id, d.month))
                      FROM (SELECT DISTINCT client_id, month
                              FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
                                     month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS j) AS d);
  END IF;
  SET p_mails = p_mails + v_mails;
  -- What does not find room here is still due.
  IF v_missed IS NOT NULL AND JSON_LENGTH(p_late) < 2000 THEN
    SET p_late = JSON_MERGE_PRESERVE(p_late, v_missed);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_check_whole.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_check_whole(
  IN p_slots LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  INOUT p_locked LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_missed LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'Takes out of p_locked the clients of which not all rows of p_slots are in it: [client, month] of these in p_missed. Used by usage_check'
BEGIN
  SELECT JSON_ARRAYAGG(JSON_ARRAY(w.client_id, w.month)) INTO p_missed
    FROM (SELECT client_id, month, COUNT(*) AS slots FROM JSON_TABLE(p_slots, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
            month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS w1 GROUP BY client_id, month) AS w
    LEFT JOIN (SELECT client_id, month, COUNT(*) AS slots FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]',
            month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS h1 GROUP BY client_id, month) AS h
      ON h.client_id = w.client_id AND h.month = w.month
   WHERE w.slots > COALESCE(h.slots, 0);
  SELECT JSON_ARRAYAGG(JSON_EXTRACT(k.piece, '$')) INTO p_locked
    FROM JSON_TABLE(p_locked, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           piece JSON PATH '$')) AS k
    LEFT JOIN JSON_TABLE(p_missed, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]')) AS m
      ON m.client_id = k.client_id AND m.month = k.month
   WHERE m.client_id IS NULL;
END//
DELIMITER ;

-- ---- sql/procedures/usage_close.sql
-- The override is the one that is in force at the end of the month: one that ends just then is.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_close(
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_after BIGINT UNSIGNED,
  IN p_to BIGINT UNSIGNED,
  IN p_end DATETIME(6),
  OUT p_clients BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Copies what the clients p_after < id <= p_to used in a month into usage_history. Used by reset_monthly_usage'
BEGIN
  DECLARE v_closed DATETIME(6) DEFAULT NULL;
  SET p_clients = 0;
  -- Two sessions that close take turns, and the second finds nothing left.
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  SELECT closed_at INTO v_closed FROM purser.usage_months WHERE month = p_month FOR UPDATE;
  IF v_closed IS NULL THEN
    -- It locks clients and packages, which nobody could change meanwhile: it waits for a payment that is not decided no longer
    -- than that, and the caller begins again.
    -- (and for optimizer_switch see docs/internals/style.md, "A call that is interrupted")
    SET STATEMENT innodb_lock_wait_timeout = 1, optimizer_switch = 'split_materialized=off' FOR
    INSERT INTO purser.usage_history (client_id, month, package, volume, transactions, other_currency, volume_limit,
                                      transaction_limit, price, currency, override_id, closed_at)
    SELECT c.id, p_month, c.package, COALESCE(u.volume, 0), COALESCE(u.transactions, 0), COALESCE(u.other_currency, 0),
           COALESCE(o.volume_limit, p.volume_limit), COALESCE(o.transaction_limit, p.transaction_limit),
           COALESCE(o.price, p.price), p.currency, o.id, UTC_TIMESTAMP(6)
      FROM purser.clients AS c
      JOIN purser.packages AS p ON p.name = c.package
      LEFT JOIN purser.pricing_overrides AS o ON o.client_id = c.id AND o.currency = p.currency
       AND o.starts_at < p_end AND o.ends_at >= p_end
      LEFT JOIN (SELECT client_id, SUM(volume) AS volume, SUM(transactions) AS transactions, SUM(other_currency) AS other_currency
                   FROM purser.client_usage FORCE INDEX (by_month)
                  WHERE month = p_month AND client_id > p_after AND client_id <= p_to
                  GROUP BY client_id) AS u ON u.client_id = c.id
     WHERE c.id > p_after AND c.id <= p_to AND (u.client_id IS NOT NULL OR (c.created_at < p_end AND c.status <> 'closed'))
       AND (SELECT COUNT(*) FROM purser.usage_history AS h WHERE h.client_id = c.id AND h.month = p_month) = 0;
    SET p_clients = ROW_COUNT();
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_close_month.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_close_month(
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_end DATETIME(6),
  OUT p_mine BOOLEAN)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Closes one month, in steps of 1000 clients; p_mine: no other session did. Used by reset_monthly_usage'
BEGIN
  DECLARE v_after, v_to BIGINT UNSIGNED DEFAULT 0;
  DECLARE v_clients BIGINT DEFAULT 0;
  DECLARE v_tries INT UNSIGNED DEFAULT 0;
  DECLARE v_again BOOLEAN;
  DECLARE v_none INT;

  REPEAT
    SELECT MAX(id) INTO v_to FROM (SELECT id FROM purser.clients WHERE id > v_after ORDER BY id LIMIT 1000) AS c;
    SET v_again = FALSE;
    BEGIN
      -- A deadlock, a payment that is not decided, or a cluster's other node was quicker: once more.
      DECLARE EXIT HANDLER FOR 1213, 1205, 1020
      BEGIN
        ROLLBACK AND NO CHAIN NO RELEASE;
        SET v_tries = v_tries + 1, v_again = TRUE;
        IF v_tries > 20 THEN
          RESIGNAL;
        END IF;
        SET v_none = SLEEP(0.5); -- those who waited behind it come first
      END;
      COMMIT AND NO CHAIN NO RELEASE; -- without autocommit each look begins a transaction
      SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;
      START TRANSACTION;
      IF v_to IS NULL THEN
        UPDATE purser.usage_months SET closed_at = UTC_TIMESTAMP(6) WHERE month = p_month AND closed_at IS NULL;
        SET p_mine = ROW_COUNT() > 0;
        IF p_mine THEN
          CALL purser.admin_note('close', 'month', p_month, NULL, NULL, JSON_OBJECT(
            'clients', (SELECT COUNT(*) FROM purser.usage_history WHERE month = p_month)));
        END IF;
      ELSE
        CALL purser.usage_close(p_month, v_after, v_to, p_end, v_clients);
      END IF;
      COMMIT AND NO CHAIN NO RELEASE;
      SET v_tries = 0;
    END;
    IF NOT v_again AND v_to IS NOT NULL THEN
      SET v_after = v_to;
    END IF;
  UNTIL v_to IS NULL AND NOT v_again END REPEAT;
END//
DELIMITER ;

-- ---- sql/procedures/usage_count.sql
-- Called by the triggers of the tables that are counted, in the transaction that writes there. The row is
-- looked for before it is written, because an UPDATE that finds none would lock the gap, and two of
-- them would wait for each other. It is looked for by SELECT … INTO, which locks nothing; IF EXISTS would. With a binary log
-- that may hold statements each look locks, so there nobody looks. What lowers the usage may bring it
-- below a threshold that was told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_count(
  IN p_client BIGINT UNSIGNED,
  IN p_moment DATETIME(6),
  IN p_amount DECIMAL(25,4),
  IN p_currency VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_sign TINYINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Adds a transaction to its client''s month (p_sign 1) or takes it away (-1). Used by triggers'
this_procedure: BEGIN
  DECLARE v_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(p_moment);
  DECLARE v_package_currency CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_slots, v_slot TINYINT UNSIGNED DEFAULT NULL;
  DECLARE v_volume DECIMAL(25,4) DEFAULT p_sign * p_amount;
  DECLARE v_transactions, v_other, v_there BIGINT DEFAULT 0;

  SELECT c.counter_slots, p.currency INTO v_slots, v_package_currency
    FROM purser.clients AS c JOIN purser.packages AS p ON p.name = c.package
   WHERE c.id = p_client;
  -- A mapped table may have transactions of nobody, or without an amount or a moment; recount_usage finds them later. What is
  -- dated 9999 has no moment either: counted in the calendar's last month it would be elsewhere when the calendar goes on.
  IF v_slots IS NULL OR p_amount IS NULL OR p_moment IS NULL OR v_month IS NULL OR p_moment >= '9000-01-01' THEN
    LEAVE this_procedure;
  END IF;
  SET v_slot = IF(v_slots = 1, 0, CONNECTION_ID() MOD v_slots);
  SET v_transactions = IF(p_amount < 0, 0, p_sign);
  IF COALESCE(p_currency, v_package_currency) <> v_package_currency THEN
    SET v_other = v_transactions, v_volume = 0;
  END IF;

  IF NOT @@log_bin OR @@SESSION.binlog_format = 'ROW' THEN
    SELECT COUNT(*) INTO v_there FROM purser.client_usage WHERE client_id = p_client AND month = v_month AND slot = v_slot;
  END IF;
  IF v_there THEN
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    UPDATE purser.client_usage FORCE INDEX (PRIMARY)
       SET volume = volume + v_volume, transactions = transactions + v_transactions,
           other_currency = other_currency + v_other,
           due = due OR volume >= quiet_volume OR transactions >= quiet_transactions OR v_volume < 0 OR v_transactions < 0
     WHERE client_id = p_client AND month = v_month AND slot = v_slot;
  ELSE
    SET STATEMENT innodb_snapshot_isolation = 0 FOR
    CALL purser.usage_count_first(p_client, v_month, v_slot, v_slots, v_volume, v_transactions, v_other);
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_count_first.sql
-- Those who make the same counter take turns by usage_locks. The row is written without being looked for, since a locked
-- look at one that is missing locks the gap, and of two who hold the gap each waits for the other. The client is
-- locked before its counter, as by whoever changes it; the limits until the commit: who changes them waits,
-- and marks this row as due, which is there then. With one slot the first quiet levels are known: those of
-- the lowest threshold. Of several slots a new one does not know what the others hold, so a check has to look.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_count_first(
  IN p_client BIGINT UNSIGNED,
  IN p_month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_slot TINYINT UNSIGNED,
  IN p_slots TINYINT UNSIGNED,
  IN p_volume DECIMAL(25,4),
  IN p_transactions BIGINT,
  IN p_other BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Adds a transaction to a counter that may be missing. Used by usage_count and purser_usage_allowed'
BEGIN
  DECLARE v_volume DECIMAL(25,4) DEFAULT 0;
  DECLARE v_transactions, v_new BIGINT DEFAULT 0;

  SELECT COUNT(*) INTO v_new FROM purser.clients WHERE id = p_client LOCK IN SHARE MODE;
  SET v_new = 0;
  CALL purser.usage_lock(p_client, p_slot, 1);
  INSERT INTO purser.client_usage (client_id, month, slot, volume, transactions, other_currency)
  VALUES (p_client, p_month, p_slot, p_volume, p_transactions, p_other)
  ON DUPLICATE KEY UPDATE
    volume = volume + VALUES(volume), transactions = transactions + VALUES(transactions),
    other_currency = other_currency + VALUES(other_currency),
    due = due OR volume >= quiet_volume OR transactions >= quiet_transactions OR VALUES(volume) < 0 OR VALUES(transactions) < 0;
  -- ROW_COUNT() says nothing within a trigger: what holds no more than this, and was never looked at, is new.
  IF p_slots = 1 THEN
    SELECT COUNT(*) INTO v_new FROM purser.client_usage
     WHERE client_id = p_client AND month = p_month AND slot = p_slot AND volume = p_volume AND transactions = p_transactions
       AND other_currency = p_other AND quiet_volume = 0 AND quiet_transactions = 0 AND due;
  END IF;
  IF v_new THEN
    SELECT COALESCE(purser.usage_level(l.volume_limit, MIN(t.threshold), 0.0001), 999999999999999999999),
           LEAST(COALESCE(purser.usage_level(l.transaction_limit, MIN(t.threshold), 1), 9223372036854775807), 9223372036854775807)
      INTO v_volume, v_transactions
      FROM purser.client_limits AS l LEFT JOIN purser.usage_thresholds AS t ON t.name_of_set = l.thresholds
     WHERE l.client_id = p_client
      LOCK IN SHARE MODE;
    UPDATE purser.client_usage FORCE INDEX (PRIMARY)
       SET quiet_volume = v_volume, quiet_transactions = v_transactions,
           due = volume >= v_volume OR transactions >= v_transactions
     WHERE client_id = p_client AND month = p_month AND slot = p_slot;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_due.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_due(
  IN p_client BIGINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next check looks at this client: its limits have changed. Used by triggers'
SET STATEMENT innodb_snapshot_isolation = 0, sql_safe_updates = 0 FOR
UPDATE purser.client_usage AS u JOIN purser.usage_months AS m ON m.month = u.month
   SET u.due = TRUE
 WHERE u.client_id = p_client AND m.closed_at IS NULL//
DELIMITER ;

-- ---- sql/procedures/usage_lock.sql
-- One that is missing is made: in a schema whose clients are older than the table, for one.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_lock(
  IN p_client BIGINT UNSIGNED,
  IN p_from TINYINT UNSIGNED,
  IN p_slots TINYINT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Locks p_slots rows of usage_locks from p_from on. Used by triggers and usage_count_first'
BEGIN
  DECLARE v_slot INT UNSIGNED DEFAULT p_from;
  WHILE v_slot < p_from + p_slots DO
    INSERT INTO purser.usage_locks (client_id, slot) VALUES (p_client, v_slot) ON DUPLICATE KEY UPDATE slot = VALUES(slot);
    SET v_slot = v_slot + 1;
  END WHILE;
END//
DELIMITER ;

-- ---- sql/procedures/usage_mail.sql
-- Each row of p_rows: what usage_check_batch makes of a threshold. A template at a time is filled for all its clients
-- in one statement; the rows of the inner query have the names that usage_template_sql writes. Nothing is held back
-- for a text that is too long: it is cut where the outbox ends; nor for a client whose address was written without the
-- table's checks: the outbox gives that mail up, with a sentence, and the others go.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_mail(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_test VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Puts the mails of thresholds into the outbox, within the caller''s transaction; p_test: the key of a test. Used by usage_check'
BEGIN
  DECLARE v_kind, v_lead TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_html, v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET v_kind = IF(p_test IS NULL, '''usage_alert'', v.dedup_key', CONCAT('''test'', ', QUOTE(p_test))),
      v_lead = IF(p_test IS NULL, '''''', '''[Test] ''');
  FOR template IN (SELECT language, locale, subject, text, html FROM purser.usage_templates WHERE name = 'usage_alert')
  DO
    SET v_html = COALESCE(purser.usage_template_sql(template.html, TRUE), 'NULL');
    SET v_sql = CONCAT('SET STATEMENT check_constraint_checks = 0 FOR
      INSERT INTO purser.outbox (channel, kind, dedup_key, recipient, subject, text, html)
      SELECT ', QUOTE(p_channel), ', ', v_kind, ', v.email,
             REGEXP_REPLACE(LEFT(CONCAT(', v_lead, ',', purser.usage_template_sql(template.subject, FALSE), '), 125), ''[[:cntrl:]]'', '' ''),
             LEFT(', purser.usage_template_sql(template.text, FALSE), ', 262144), LEFT(', v_html, ', 262144)
        FROM (', purser.usage_mail_sql(template.language, template.locale, p_test IS NOT NULL), ') AS v
       ORDER BY v.n');
    EXECUTE IMMEDIATE v_sql USING p_rows;
  END FOR;
END//
DELIMITER ;

-- ---- sql/procedures/usage_mail_alerts.sql
-- A mail that is there already is that of an alert whose row somebody deleted: it was told.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_mail_alerts(
  IN p_rows LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_channel VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_mails BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes the mails of alerts and notes them there. Used by usage_check'
BEGIN
  DECLARE v_new LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  SELECT JSON_ARRAYAGG(JSON_EXTRACT(j.piece, '$') ORDER BY j.n) INTO v_new
    FROM JSON_TABLE(p_rows, '$[*]' COLUMNS (n FOR ORDINALITY, piece JSON PATH '$', client_id BIGINT UNSIGNED PATH '$[0]',
           month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]', threshold DECIMAL(5,2) PATH '$[2]')) AS j
    LEFT JOIN purser.outbox AS o ON o.dedup_key = CONCAT('usage:', j.client_id, ':', j.month, ':', j.threshold)
   WHERE o.id IS NULL;
  IF v_new IS NOT NULL THEN
    CALL purser.usage_mail(v_new, p_channel, NULL);
  END IF;
  UPDATE JSON_TABLE(p_rows, '$[*]' COLUMNS (client_id BIGINT UNSIGNED PATH '$[0]', month CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$[1]',
           threshold DECIMAL(5,2) PATH '$[2]')) AS j
    STRAIGHT_JOIN purser.usage_alerts AS a ON a.client_id = j.client_id AND a.alert_month = j.month AND a.threshold = j.threshold
    STRAIGHT_JOIN purser.outbox AS o ON o.dedup_key = CONCAT('usage:', j.client_id, ':', j.month, ':', j.threshold)
     SET a.outbox_id = o.id, a.email_sent = a.email_sent OR o.state = 'sent', a.sent_at = COALESCE(a.sent_at, o.finished_at);
  SET p_mails = GREATEST(ROW_COUNT() - (JSON_LENGTH(p_rows) - COALESCE(JSON_LENGTH(v_new), 0)), 0);
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_column.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_column(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_option VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_name LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_types VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_advice VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_column VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds a column that an option names, or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SELECT MAX(COLUMN_NAME), MAX(LOWER(DATA_TYPE)) INTO p_column, p_type FROM information_schema.COLUMNS
   WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND LOWER(COLUMN_NAME) = LOWER(p_name);
  IF p_name IS NULL THEN
    SET v_why = CONCAT('p_options: "', p_option, '" is missing: the name of a column');
  ELSEIF p_column IS NULL THEN
    SET v_why = CONCAT('p_options: "', p_option, '" names the column ', '''', LEFT(p_name, 64), ''', which ''',
      p_table, ''' does not have or this account does not see');
  ELSEIF NOT FIND_IN_SET(p_type, p_types) THEN
    SET v_why = CONCAT('p_options: "', p_option, '" names the column ''', p_column, ''' of type ', p_type, ': ', p_advice);
  END IF;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_drop.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_drop()
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Takes the triggers and the view of a mapped table away, and the definer''s rights to it. Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_map LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (SELECT value FROM purser.settings WHERE name = 'usage_table');
  DECLARE v_sql TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  FOR t IN (SELECT TRIGGER_SCHEMA AS s, TRIGGER_NAME AS n, EVENT_OBJECT_TABLE AS o FROM information_schema.TRIGGERS
             WHERE DEFINER = 'purser_definer@localhost' AND TRIGGER_SCHEMA <> 'purser'
               AND TRIGGER_NAME IN ('purser_usage_insert', 'purser_usage_update', 'purser_usage_delete'))
  DO
    SET v_sql = CONCAT('DROP TRIGGER IF EXISTS ', purser.constraint_quoted(t.s), '.', purser.constraint_quoted(t.n));
    EXECUTE IMMEDIATE v_sql;
    IF v_map IS NULL THEN
      SET v_map = JSON_ARRAY(t.s, t.o);
    END IF;
  END FOR;
  -- Before the row and the rights are gone: where this is cut off, unmap_usage goes on, and nobody reads a view without rights.
  CALL purser.usage_map_view(NULL, NULL, NULL);
  DELETE FROM purser.settings WHERE name = 'usage_table';
  IF v_map IS NOT NULL AND NOT EXISTS (SELECT 1 FROM purser.audit_tables
       WHERE table_schema = JSON_VALUE(v_map, '$[0]') AND table_name = JSON_VALUE(v_map, '$[1]')) THEN
    CALL purser.audit_revoke(JSON_VALUE(v_map, '$[0]'), JSON_VALUE(v_map, '$[1]'));
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_note.sql
-- For map_usage and unmap_usage, which have their caller's rights: nobody may call admin_note, and this writes of the mapping alone.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_note(
  IN p_old LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'Writes to admin_log which table is mapped now. Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_now, v_table LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  SELECT MAX(value) INTO v_now FROM purser.settings WHERE name = 'usage_table';
  SET v_table = COALESCE(v_now, p_old);
  CALL purser.admin_note(IF(v_now IS NULL, 'unmap', 'map'), 'mapping',
    CONCAT(JSON_VALUE(v_table, '$[0]'), '.', JSON_VALUE(v_table, '$[1]')), NULL, p_old, IF(v_now IS NULL, NULL, p_spec));
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_options.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_options(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_options LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads p_options into names and types as the table has them, or an error. Used by map_usage'
BEGIN
  DECLARE v_keys, v_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_key LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_client, v_amount, v_moment, v_reference, v_currency, v_type, v_zone VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE i INT UNSIGNED DEFAULT 0;

  IF NOT COALESCE(JSON_VALID(p_options), FALSE) OR JSON_TYPE(p_options) <> 'OBJECT' OR CHAR_LENGTH(p_options) > 16384 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'p_options must be a JSON object, as {"client_id": "merchant_id", "amount": "total", "occurred_at": "paid_at", "reference": "id"}';
  END IF;
  SET v_keys = JSON_KEYS(p_options);
  WHILE i < JSON_LENGTH(v_keys) AND v_why IS NULL DO
    SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
    IF v_key NOT IN ('client_id', 'amount', 'occurred_at', 'reference', 'currency', 'where', 'time_zone') THEN
      SET v_why = LEFT(CONCAT('p_options: there is no "', LEFT(v_key, 64),
        '"; there are client_id, amount, occurred_at, reference, currency, where, time_zone'), 512);
    ELSEIF v_key <> 'where' AND JSON_TYPE(JSON_EXTRACT(p_options, CONCAT('$.', v_key))) NOT IN ('STRING', 'NULL') THEN
      SET v_why = CONCAT('p_options: "', v_key, '" must be a text');
    END IF;
    SET i = i + 1;
  END WHILE;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'client_id', JSON_VALUE(p_options, '$.client_id'),
    'tinyint,smallint,mediumint,int,bigint', 'the number of the client, clients.id, is needed', v_client, v_type);
  IF NOT EXISTS (SELECT 1 FROM information_schema.STATISTICS
                  WHERE TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table AND COLUMN_NAME = v_client AND SEQ_IN_INDEX = 1) THEN
    SET v_why = LEFT(CONCAT('p_table: no index of ', p_table, ' begins with ', v_client, ', and a client could not be counted anew without reading all: ',
      'CREATE INDEX … ON ', purser.constraint_quoted(p_schema), '.', purser.constraint_quoted(p_table), ' (', purser.constraint_quoted(v_client), ') first'), 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'amount', JSON_VALUE(p_options, '$.amount'),
    'decimal,tinyint,smallint,mediumint,int,bigint', 'money has to be exact, a DECIMAL or a whole number', v_amount, v_type);
  CALL purser.usage_map_column(p_schema, p_table, 'reference', JSON_VALUE(p_options, '$.reference'),
    'char,varchar,enum,tinyint,smallint,mediumint,int,bigint,decimal,uuid', 'a text or a number is needed', v_reference, v_type);
  IF JSON_VALUE(p_options, '$.currency') IS NOT NULL THEN
    CALL purser.usage_map_column(p_schema, p_table, 'currency', JSON_VALUE(p_options, '$.currency'),
      'char,varchar,enum', 'a text is needed, as GBP', v_currency, v_type);
  END IF;
  CALL purser.usage_map_column(p_schema, p_table, 'occurred_at', JSON_VALUE(p_options, '$.occurred_at'),
    'datetime,timestamp,date', 'a DATETIME, a TIMESTAMP or a DATE is needed', v_moment, v_type);
  CALL purser.usage_map_zone(JSON_VALUE(p_options, '$.time_zone'), v_type, v_zone);
  CALL purser.usage_map_where(p_schema, p_table, JSON_EXTRACT(p_options, '$.where'), v_where);
  SET p_spec = JSON_OBJECT('client_id', v_client, 'amount', v_amount, 'occurred_at', v_moment, 'reference', v_reference,
    'currency', v_currency, 'time_zone', v_zone, 'where', JSON_EXTRACT(v_where, '$'));
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_table.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_table(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_schema_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_table_name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Finds the table whose rows are to be counted, or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_engine, v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT NULL;

  -- The server's own spelling; names differ in case only where lower_case_table_names says so.
  SELECT MAX(TABLE_SCHEMA), MAX(TABLE_NAME), MAX(ENGINE), MAX(TABLE_TYPE) INTO p_schema_name, p_table_name, v_engine, v_type
    FROM information_schema.TABLES
   WHERE (TABLE_SCHEMA = p_schema AND TABLE_NAME = p_table)
      OR (@@lower_case_table_names <> 0 AND LOWER(TABLE_SCHEMA) = LOWER(p_schema) AND LOWER(TABLE_NAME) = LOWER(p_table));
  SET v_why = CASE
    WHEN @@in_transaction = 1 THEN 'map_usage commits, as every DDL does: COMMIT or ROLLBACK the transaction of this session first'
    WHEN purser.ddl_why('not be counted') IS NOT NULL THEN purser.ddl_why('not be counted')
    WHEN p_table_name IS NULL THEN CONCAT('p_table: there is no table ', COALESCE(CONCAT('''', p_schema, '.', p_table, ''''), 'NULL'),
      ', or this account sees nothing of it')
    WHEN LOWER(p_schema_name) IN ('purser', 'mysql', 'information_schema', 'performance_schema', 'sys') THEN
      CONCAT('p_schema: ', p_schema_name, ' is not a schema of an application; purser.client_transactions is counted without a mapping')
    WHEN v_type NOT IN ('BASE TABLE', 'SYSTEM VERSIONED') THEN CONCAT('p_table: ''', p_table_name, ''' is no table: a view has no triggers; map the table below it')
    WHEN v_engine IS NULL OR v_engine <> 'InnoDB' THEN CONCAT('p_table: ''', p_table_name, ''' is of the engine ', COALESCE(v_engine, '?'),
      ': what is rolled back would be counted; ALTER TABLE … ENGINE=InnoDB first') END;
  IF v_why IS NOT NULL THEN
    SET v_why = LEFT(v_why, 512);
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_view.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_view(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the view app_client_usage over a mapped table (NULL: over client_transactions). Used by map_usage and unmap_usage'
BEGIN
  DECLARE v_sql LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;

  SET SESSION sql_mode = '';
  SET v_sql = CONCAT('CREATE OR REPLACE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW purser.app_client_usage AS SELECT ',
    IF(p_schema IS NULL, 'client_id, reference, amount, currency, occurred_at FROM purser.client_transactions',
      CONCAT('t.', purser.constraint_quoted(JSON_VALUE(p_spec, '$.client_id')), ' AS client_id, CONVERT(t.',
        purser.constraint_quoted(JSON_VALUE(p_spec, '$.reference')), ' USING utf8mb4) COLLATE utf8mb4_nopad_bin AS reference, ',
        purser.usage_map_sql(p_spec, 'amount', 't'), ' AS amount, ', purser.usage_map_sql(p_spec, 'currency', 't'), ' AS currency, ',
        purser.usage_map_sql(p_spec, 'occurred_at', 't'), ' AS occurred_at FROM ', purser.constraint_quoted(p_schema), '.',
        purser.constraint_quoted(p_table), ' AS t WHERE ', purser.usage_map_sql(p_spec, 'where', 't'))));
  EXECUTE IMMEDIATE v_sql;
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_where.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_where(
  IN p_schema VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_table VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_where LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads the option "where" into [[column, [value, …]], …], or an error. Used by map_usage'
BEGIN
  DECLARE v_keys, v_key, v_list, v_values, v_one LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_column, v_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE i, k INT UNSIGNED DEFAULT 0;

  SET p_spec = '[]';
  IF p_where IS NOT NULL THEN
    IF JSON_TYPE(p_where) <> 'OBJECT' OR JSON_LENGTH(p_where) > 8 THEN
      SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_options: "where" must be an object of at most 8 columns, as {"status": ["paid", "settled"]}';
    END IF;
    SET v_keys = JSON_KEYS(p_where);
    WHILE i < JSON_LENGTH(v_keys) DO
      SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
      CALL purser.usage_map_column(p_schema, p_table, 'where', v_key,
        'char,varchar,enum,tinyint,smallint,mediumint,int,bigint,year', 'a text, an ENUM or a whole number is needed', v_column, v_type);
      SET v_list = JSON_EXTRACT(p_where, CONCAT('$.', JSON_QUOTE(v_key)));
      IF COALESCE(JSON_TYPE(v_list), '') <> 'ARRAY' THEN
        SET v_list = CONCAT('[', v_list, ']');
      END IF;
      IF v_list IS NULL OR JSON_LENGTH(v_list) NOT BETWEEN 1 AND 50 THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_options: "where" must give each column 1 to 50 values, as {"status": ["paid", "settled"]}';
      END IF;
      SET v_values = '[]', k = 0;
      WHILE k < JSON_LENGTH(v_list) DO
        SET v_one = JSON_EXTRACT(v_list, CONCAT('$[', k, ']'));
        IF JSON_TYPE(v_one) NOT IN ('STRING', 'INTEGER', 'BOOLEAN', 'NULL') OR CHAR_LENGTH(v_one) > 200 THEN
          SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
            'p_options: a value of "where" must be a text of at most 200 characters, a whole number, true, false or null';
        END IF;
        SET v_values = JSON_ARRAY_APPEND(v_values, '$',
          CASE JSON_TYPE(v_one) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(v_one = 'true', '1', '0') ELSE JSON_VALUE(v_list, CONCAT('$[', k, ']')) END);
        SET k = k + 1;
      END WHILE;
      SET p_spec = JSON_ARRAY_APPEND(p_spec, '$', JSON_ARRAY(v_column, JSON_EXTRACT(v_values, '$')));
      SET i = i + 1;
    END WHILE;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_map_zone.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_map_zone(
  IN p_zone LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  OUT p_spec VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Reads the option "time_zone", or an error. Used by map_usage'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SET p_spec = COALESCE(p_zone, 'UTC');
  IF p_type = 'timestamp' THEN
    IF p_zone IS NOT NULL THEN
      SET v_why = 'p_options: "time_zone" is for a DATETIME; a TIMESTAMP is a moment already: leave it out';
    END IF;
    SET p_spec = 'timestamp';
  ELSEIF UPPER(p_spec) IN ('UTC', '+00:00', 'Z') THEN
    SET p_spec = 'UTC';
  ELSEIF CHAR_LENGTH(p_zone) > 64 OR CONVERT_TZ('2026-01-01 12:00:00', p_zone, '+00:00') IS NULL THEN
    SET v_why = CONCAT('p_options: "time_zone": this server does not know ''', LEFT(p_zone, 64),
      ''': UTC, SYSTEM, an offset as +02:00, or a name that is in mysql.time_zone_name (mariadb-tzinfo-to-sql fills it)');
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_need_set.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_need_set(
  IN p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where there is no such set of thresholds. Used by triggers'
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  DECLARE v_there BIGINT DEFAULT 1;
  IF p_set <> 'default' THEN
    SELECT COUNT(*) INTO v_there FROM purser.usage_thresholds WHERE name_of_set = p_set;
  END IF;
  IF v_there = 0 THEN
    SET v_why = CONCAT('There is no set of thresholds ''', p_set, ''': INSERT it into purser.usage_thresholds first');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_report.sql
-- Three parts: what was closed; what is counted beside that (of a closed month it is late as a whole); and clients
-- that have used nothing in an open month.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_report(
  IN p_client_id BIGINT UNSIGNED,
  IN p_from_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_to_month VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'A row for each client (NULL: all) and month: what was used, its limits and price, what was told, what came late'
BEGIN
  DECLARE v_now CHAR(7) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT purser.usage_month(UTC_TIMESTAMP(6));
  DECLARE v_to VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_to_month, v_now);
  DECLARE v_from VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT COALESCE(p_from_month, LEAST(v_to, v_now));
  DECLARE v_why TEXT CHARACTER SET utf8mb4;

  IF p_client_id IS NOT NULL THEN
    CALL purser.client_need(p_client_id);
  END IF;
  SET v_why = CASE
    WHEN v_now IS NULL THEN 'purser.usage_months is empty: CALL purser.usage_calendar()'
    WHEN v_from NOT REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN CONCAT('p_from_month must be a month, as 2025-07, or NULL, not ''', v_from, '''')
    WHEN v_to NOT REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN CONCAT('p_to_month must be a month, as 2025-07, or NULL, not ''', v_to, '''')
    WHEN v_from > v_to THEN CONCAT('p_from_month: ', v_from, ' is after p_to_month, ', v_to) END;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;

  -- Prepared anew for each call: see docs/internals/style.md, "A call that is interrupted".
  EXECUTE IMMEDIATE '
  SELECT r.client_id, c.name, r.month, r.package, r.volume, r.volume_limit, r.transactions, r.transaction_limit,
         r.other_currency, purser.client_percent(r.volume, r.volume_limit, r.transactions, r.transaction_limit) AS usage_percent,
         r.price, r.currency, r.override_id,
         (SELECT COUNT(*) FROM purser.usage_alerts AS a WHERE a.client_id = r.client_id AND a.alert_month = r.month) AS alerts,
         (SELECT MAX(a.threshold) FROM purser.usage_alerts AS a WHERE a.client_id = r.client_id AND a.alert_month = r.month) AS highest_threshold,
         r.late_volume, r.late_transactions, r.closed_at
    FROM (
      SELECT h.client_id, h.month, h.package, h.volume, h.volume_limit, h.transactions, h.transaction_limit, h.other_currency,
             h.price, h.currency, h.override_id, h.closed_at,
             COALESCE((SELECT SUM(u.volume) FROM purser.client_usage AS u WHERE u.client_id = h.client_id AND u.month = h.month), 0) - h.volume AS late_volume,
             COALESCE((SELECT SUM(u.transactions) FROM purser.client_usage AS u WHERE u.client_id = h.client_id AND u.month = h.month), 0) - h.transactions AS late_transactions
        FROM purser.usage_history AS h
       WHERE h.month BETWEEN ? AND ? AND (? IS NULL OR h.client_id = ?)
      UNION ALL
      SELECT u.client_id, u.month, l.package, IF(m.closed_at IS NULL, SUM(u.volume), 0), l.volume_limit,
             IF(m.closed_at IS NULL, SUM(u.transactions), 0), l.transaction_limit, IF(m.closed_at IS NULL, SUM(u.other_currency), 0),
             IF(m.closed_at IS NULL, l.price, NULL), l.currency, IF(m.closed_at IS NULL, l.override_id, NULL), m.closed_at,
             IF(m.closed_at IS NULL, NULL, SUM(u.volume)), IF(m.closed_at IS NULL, NULL, SUM(u.transactions))
        FROM purser.client_usage AS u
        JOIN purser.usage_months AS m ON m.month = u.month
        JOIN purser.client_limits AS l ON l.client_id = u.client_id
       WHERE u.month BETWEEN ? AND ? AND (? IS NULL OR u.client_id = ?)
         AND NOT EXISTS (SELECT 1 FROM purser.usage_history AS h WHERE h.client_id = u.client_id AND h.month = u.month)
       GROUP BY u.client_id, u.month
      UNION ALL
      SELECT l.client_id, m.month, l.package, 0, l.volume_limit, 0, l.transaction_limit, 0, l.price, l.currency, l.override_id, NULL, NULL, NULL
        FROM purser.usage_months AS m
        JOIN purser.client_limits AS l
        JOIN purser.clients AS k ON k.id = l.client_id
       WHERE m.month BETWEEN ? AND ? AND m.closed_at IS NULL AND m.starts_at <= UTC_TIMESTAMP(6)
         AND (? IS NULL OR l.client_id = ?) AND l.status <> ''closed''
         AND k.created_at < COALESCE((SELECT MIN(n.starts_at) FROM purser.usage_months AS n WHERE n.starts_at > m.starts_at), ''9999-12-31'')
         AND NOT EXISTS (SELECT 1 FROM purser.client_usage AS u WHERE u.client_id = l.client_id AND u.month = m.month)
         AND NOT EXISTS (SELECT 1 FROM purser.usage_history AS h WHERE h.client_id = l.client_id AND h.month = m.month)) AS r
    JOIN purser.clients AS c ON c.id = r.client_id
   ORDER BY r.client_id, r.month'
    USING v_from, v_to, p_client_id, p_client_id, v_from, v_to, p_client_id, p_client_id, v_from, v_to, p_client_id, p_client_id;
END//
DELIMITER ;

-- ---- sql/procedures/usage_round.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_round(
  OUT p_clients BIGINT,
  OUT p_alerts BIGINT)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'What the worker does every usage_check_minutes: the calendar of months, and the check of the usage'
BEGIN
  CALL purser.usage_calendar();
  CALL purser.usage_check(NULL, p_clients, p_alerts);
END//
DELIMITER ;

-- ---- sql/procedures/usage_same_currency.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_same_currency(
  IN p_client BIGINT UNSIGNED,
  IN p_from VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_to VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where a client''s usage of a month that is open is counted in another currency than that of package p_to'
BEGIN
  DECLARE v_from, v_to CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_used BIGINT DEFAULT 0;
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  SELECT MAX(IF(name = p_from, currency, NULL)), MAX(IF(name = p_to, currency, NULL)) INTO v_from, v_to
    FROM purser.packages WHERE name IN (p_from, p_to);
  IF v_from <> v_to THEN
    SELECT COUNT(*) INTO v_used FROM purser.client_usage AS u JOIN purser.usage_months AS m ON m.month = u.month
     WHERE u.client_id = p_client AND m.closed_at IS NULL AND u.volume <> 0;
  END IF;
  IF v_used > 0 THEN
    SET v_why = CONCAT('Client ', p_client, ' has usage in ', v_from, ' in a month that is not closed, and package ''', p_to,
      ''' counts in ', v_to, ': switch when the month is closed and nothing was used yet');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_set_due.sql
-- A row that a session without the table's checks has written ends nothing.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_set_due(
  IN p_set VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  MODIFIES SQL DATA SQL SECURITY DEFINER
  COMMENT 'The next check looks at all clients with this set of thresholds. Used by triggers'
SET STATEMENT innodb_snapshot_isolation = 0, check_constraint_checks = 0, sql_safe_updates = 0 FOR
UPDATE purser.packages
   SET limits_changed_at = UTC_TIMESTAMP(6)
 WHERE thresholds = p_set OR name IN (SELECT c.package FROM purser.clients AS c WHERE c.thresholds = p_set)//
DELIMITER ;

-- ---- sql/procedures/usage_template_check.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_template_check(
  IN p_locale VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_subject VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_text LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_html LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  NO SQL SQL SECURITY DEFINER
  COMMENT 'An error where a template could not be filled. Used by triggers'
BEGIN
  DECLARE v_filled LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE v_why TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
  DECLARE CONTINUE HANDLER FOR 1649
  BEGIN
    SET v_why = CONCAT('The template is wrong: locale ''', p_locale, ''' is none that FORMAT() knows, as en_US or fr_FR');
  END;

  SET v_filled = FORMAT(1, 0, p_locale);
  SET v_filled = purser.usage_template_sql(p_subject, FALSE);
  SET v_filled = purser.usage_template_sql(p_text, FALSE);
  IF p_html IS NOT NULL THEN
    SET v_filled = purser.usage_template_sql(p_html, TRUE);
  END IF;
  IF v_why IS NULL AND NOT (p_text LIKE '%{{#test}}%' AND COALESCE(p_html, p_text) LIKE '%{{#test}}%') THEN
    SET v_why = 'The template is wrong: text and html each need {{#test}}...{{/test}}, by which a test is known';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/procedures/usage_template_language.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` PROCEDURE purser.usage_template_language(
  IN p_name VARCHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_language VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
  IN p_old VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin)
  READS SQL DATA SQL SECURITY DEFINER
  COMMENT 'An error where a template of another row (p_old is the row''s own language) has the same language in other letter case. Used by triggers'
BEGIN
  DECLARE v_other VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT (
    SELECT MIN(language) FROM purser.usage_templates
     WHERE name = p_name AND LOWER(language) = LOWER(p_language) AND language <> p_language AND NOT language <=> p_old);
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF v_other IS NOT NULL THEN
    SET v_why = CONCAT('language: there is a template of ''', v_other, ''', and ''', LEFT(p_language, 16),
      ''' is the same language: change that one');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//
DELIMITER ;

-- ---- sql/views/client_limits.sql
-- An override counts from its first moment on, and not any more at its last.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER VIEW purser.client_limits AS
SELECT c.id AS client_id, c.package AS package, p.currency AS currency,
       COALESCE(o.price, p.price) AS price,
       COALESCE(o.volume_limit, p.volume_limit) AS volume_limit,
       COALESCE(o.transaction_limit, p.transaction_limit) AS transaction_limit,
       COALESCE(c.thresholds, p.thresholds) AS thresholds,
       COALESCE(c.hard_stop, p.hard_stop) AS hard_stop,
       o.id AS override_id, c.status AS status, c.counter_slots AS counter_slots
  FROM purser.clients AS c
  JOIN purser.packages AS p ON p.name = c.package
  LEFT JOIN purser.pricing_overrides AS o ON o.client_id = c.id AND o.currency = p.currency
   AND o.starts_at <= UTC_TIMESTAMP(6) AND o.ends_at > UTC_TIMESTAMP(6);

-- ---- sql/views/firing_alerts.sql
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY DEFINER
VIEW purser.firing_alerts AS
SELECT id, rule, server, subject, level, since, told_state, told_level, last_told, repeats,
       acknowledged_at, acknowledged_by, note
  FROM purser.alerts
 WHERE since IS NOT NULL;

-- ---- sql/views/health.sql
-- From the daemon, not from health_results: it is of this server, of now, and there on a replica, too.
CREATE OR REPLACE ALGORITHM = TEMPTABLE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.health AS
SELECT j.name, j.service, j.level, j.raw, j.since, j.checked_at, j.value, j.unit, j.warning, j.critical, j.message,
       CAST(j.duration_us * 0.001 AS DECIMAL(12,3)) AS duration_ms, j.parts
  FROM JSON_TABLE(purser.health_view_json(), '$[*]' COLUMNS (
         name        VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.name',
         service     VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.service',
         level       VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.level',
         raw         VARCHAR(8) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.raw',
         since       DATETIME(6) PATH '$.since',
         checked_at  DATETIME(6) PATH '$.checked_at',
         value       DOUBLE PATH '$.value',
         unit        VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.unit',
         warning     DOUBLE PATH '$.warning',
         critical    DOUBLE PATH '$.critical',
         message     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.message',
         duration_us BIGINT PATH '$.duration_us',
         parts       LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.parts')) AS j;

-- ---- sql/views/latest_runs.sql
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.latest_runs AS
SELECT r.id, r.gateway, r.business_date, r.state, r.internal_records, r.gateway_records, r.matched,
       -- as it is now: later runs and people close what this run found
       (SELECT COUNT(*) FROM purser.discrepancies AS d
         WHERE d.gateway = r.gateway AND d.business_date = r.business_date AND d.holds) AS discrepancies,
       r.by_currency, r.error
  FROM purser.reconciliation_runs AS r
 WHERE r.state <> 'running'
   -- a run that failed has concluded nothing: one that has stays the latest
   AND NOT EXISTS (SELECT 1
                     FROM purser.reconciliation_runs AS other
                    WHERE other.gateway = r.gateway
                      AND other.business_date = r.business_date
                      AND other.state <> 'running'
                      AND (other.id > r.id AND (other.state <> 'failed' OR r.state = 'failed')
                           OR r.state = 'failed' AND other.state <> 'failed'));

-- ---- sql/views/open_discrepancies.sql
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.open_discrepancies AS
SELECT id, business_date, gateway, type, state, order_id, transaction_ref, gateway_transaction_id,
       internal_amount, gateway_amount, difference, currency, internal_status, gateway_status,
       detail, detected_at,
       TIMESTAMPDIFF(DAY, detected_at, UTC_TIMESTAMP(6)) AS days_open
  FROM purser.discrepancies
 WHERE state IN ('open', 'acknowledged');

-- ---- sql/views/outbox_dead.sql
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY DEFINER
VIEW purser.outbox_dead AS
SELECT id, channel, kind, subject, attempts, created_at, finished_at, last_error
  FROM purser.outbox
 WHERE state = 'dead';

-- ---- sql/views/rate_limits.sql
CREATE OR REPLACE ALGORITHM = TEMPTABLE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.rate_limits AS
SELECT k.identifier, k.endpoint, k.kind, k.calls, k.used, k.max_requests, k.window_seconds
  FROM JSON_TABLE(purser.rate_limit_keys_view_json(), '$[*]' COLUMNS (
         identifier     VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.identifier',
         endpoint       VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.endpoint',
         kind           VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PATH '$.kind',
         calls          BIGINT UNSIGNED PATH '$.calls',
         used           BIGINT UNSIGNED PATH '$.used',
         max_requests   BIGINT UNSIGNED PATH '$.max_requests',
         window_seconds BIGINT UNSIGNED PATH '$.window_seconds')) AS k;

-- ---- sql/views/reconciliation_progress.sql
-- Nobody knows how much a gateway is about to send: the last complete run of the same day says it
-- best, where there was one.
CREATE OR REPLACE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER
VIEW purser.reconciliation_progress AS
SELECT r.id, r.gateway, r.business_date, r.phase,
       CASE
         WHEN r.phase = 'queued' THEN 0
         WHEN r.phase <> 'fetch' THEN 100
         ELSE (SELECT LEAST(99, r.fetched * 100 DIV NULLIF(b.fetched, 0))
                 FROM purser.reconciliation_runs AS b
                WHERE b.gateway = r.gateway AND b.business_date = r.business_date
                  AND b.state = 'complete'
                ORDER BY b.id DESC LIMIT 1)
       END AS fetch_percent,
       r.fetched, r.unread, r.internal_records, r.gateway_records, r.matched, r.discrepancies,
       r.attempts, r.requested_by, r.started_at,
       TIMESTAMPDIFF(SECOND, r.started_at, UTC_TIMESTAMP(6)) AS seconds
  FROM purser.reconciliation_runs AS r
 WHERE r.state = 'running';

-- ---- sql/triggers/alert_channels_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.alert_channels_before_insert
  BEFORE INSERT ON purser.alert_channels FOR EACH ROW
CALL purser.alert_need_target(NEW.kind, NEW.target)//
DELIMITER ;

-- ---- sql/triggers/alert_channels_before_update.sql
-- A row from before this trigger can be switched off all the same.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.alert_channels_before_update
  BEFORE UPDATE ON purser.alert_channels FOR EACH ROW
BEGIN
  IF OLD.kind <> NEW.kind OR OLD.target <> NEW.target THEN
    CALL purser.alert_need_target(NEW.kind, NEW.target);
  END IF;
END//
DELIMITER ;

-- ---- sql/triggers/audit_log_delete.sql
-- The seal says first what will be gone; purser.audit_prune makes it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_log_delete
  BEFORE DELETE ON purser.audit_log FOR EACH ROW
IF OLD.id > COALESCE((SELECT MAX(pruned_to) FROM purser.audit_seals), 0) THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'purser.audit_log is append-only: old rows go by CALL purser.audit_prune(before, reason), which keeps the proofs valid';
END IF//
DELIMITER ;

-- ---- sql/triggers/audit_log_update.sql
-- Nobody is meant: not the worker, not an administrator.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_log_update
  BEFORE UPDATE ON purser.audit_log FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_log is append-only: its rows cannot be changed, by nobody. What has to be said of a row is said in a new one'//
DELIMITER ;

-- ---- sql/triggers/audit_seals_delete.sql
-- The seals stay when rows of the log are pruned: old proofs need them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_seals_delete
  BEFORE DELETE ON purser.audit_seals FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_seals is append-only: seals are kept for ever, the proofs need them. Old rows of the log go by CALL purser.audit_prune(before, reason)'//
DELIMITER ;

-- ---- sql/triggers/audit_seals_update.sql
-- Each seal is signed and holds the hash of the one before it.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_seals_update
  BEFORE UPDATE ON purser.audit_seals FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_seals is append-only: a seal cannot be changed, by nobody. CALL purser.audit_verify() says whether all are as they were made'//
DELIMITER ;

-- ---- sql/triggers/audit_tiles_delete.sql
-- All proofs need them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_tiles_delete
  BEFORE DELETE ON purser.audit_tiles FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
  'purser.audit_tiles only grows: tiles are kept for ever, the proofs need them. Old rows of the log go by CALL purser.audit_prune(before, reason)'//
DELIMITER ;

-- ---- sql/triggers/audit_tiles_update.sql
-- The last tile of each level grows at its end; nothing else ever changes.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.audit_tiles_update
  BEFORE UPDATE ON purser.audit_tiles FOR EACH ROW
IF NEW.level <> OLD.level OR NEW.tile <> OLD.tile OR LEFT(NEW.hashes, LENGTH(OLD.hashes)) <> OLD.hashes THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'purser.audit_tiles only grows: hashes can be added at the end of a tile, none can be changed or taken away. Purser''s sealing alone writes here';
END IF//
DELIMITER ;

-- ---- sql/triggers/client_keys_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_delete
  AFTER DELETE ON purser.client_keys FOR EACH ROW
CALL purser.admin_note('delete', 'key', OLD.key_id, OLD.client_id, JSON_OBJECT('client_id', OLD.client_id, 'label', OLD.label, 'expires_at', OLD.expires_at, 'revoked_at', OLD.revoked_at), NULL)//
DELIMITER ;

-- ---- sql/triggers/client_keys_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_insert
  AFTER INSERT ON purser.client_keys FOR EACH ROW
CALL purser.admin_note('insert', 'key', NEW.key_id, NEW.client_id, NULL, JSON_OBJECT('client_id', NEW.client_id, 'label', NEW.label, 'expires_at', NEW.expires_at, 'revoked_at', NEW.revoked_at))//
DELIMITER ;

-- ---- sql/triggers/client_keys_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_keys_log_update
  AFTER UPDATE ON purser.client_keys FOR EACH ROW
IF NOT (OLD.client_id <=> NEW.client_id AND OLD.label <=> NEW.label AND OLD.expires_at <=> NEW.expires_at AND OLD.revoked_at <=> NEW.revoked_at) THEN
  CALL purser.admin_note('update', 'key', NEW.key_id, NEW.client_id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', OLD.client_id)),
      IF(OLD.label <=> NEW.label, '{}', JSON_OBJECT('label', OLD.label)),
      IF(OLD.expires_at <=> NEW.expires_at, '{}', JSON_OBJECT('expires_at', OLD.expires_at)),
      IF(OLD.revoked_at <=> NEW.revoked_at, '{}', JSON_OBJECT('revoked_at', OLD.revoked_at))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', NEW.client_id)),
      IF(OLD.label <=> NEW.label, '{}', JSON_OBJECT('label', NEW.label)),
      IF(OLD.expires_at <=> NEW.expires_at, '{}', JSON_OBJECT('expires_at', NEW.expires_at)),
      IF(OLD.revoked_at <=> NEW.revoked_at, '{}', JSON_OBJECT('revoked_at', NEW.revoked_at))));
END IF//
DELIMITER ;

-- ---- sql/triggers/client_transactions_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_before_insert
  BEFORE INSERT ON purser.client_transactions FOR EACH ROW
SET NEW.currency = purser.client_currency(NEW.client_id, NEW.currency)//
DELIMITER ;

-- ---- sql/triggers/client_transactions_before_update.sql
-- What lies in an older currency may be corrected otherwise.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_before_update
  BEFORE UPDATE ON purser.client_transactions FOR EACH ROW
IF NOT (OLD.client_id = NEW.client_id AND OLD.currency <=> NEW.currency) THEN
  SET NEW.currency = purser.client_currency(NEW.client_id, NEW.currency);
END IF//
DELIMITER ;

-- ---- sql/triggers/client_transactions_delete.sql
-- Not while a table is mapped: what is written here meanwhile is not its.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_delete
  AFTER DELETE ON purser.client_transactions FOR EACH ROW
BEGIN
  DECLARE v_mapped INT DEFAULT 0;
  SELECT COUNT(*) INTO v_mapped FROM purser.settings WHERE name = 'usage_table';
  IF v_mapped = 0 THEN
    CALL purser.usage_count(OLD.client_id, OLD.occurred_at, OLD.amount, OLD.currency, -1);
  END IF;
END//
DELIMITER ;

-- ---- sql/triggers/client_transactions_insert.sql
-- Not while a table is mapped: what is written here meanwhile is not its.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_insert
  AFTER INSERT ON purser.client_transactions FOR EACH ROW
BEGIN
  DECLARE v_mapped INT DEFAULT 0;
  SELECT COUNT(*) INTO v_mapped FROM purser.settings WHERE name = 'usage_table';
  IF v_mapped = 0 THEN
    CALL purser.usage_count(NEW.client_id, NEW.occurred_at, NEW.amount, NEW.currency, 1);
  END IF;
END//
DELIMITER ;

-- ---- sql/triggers/client_transactions_update.sql
-- Not while a table is mapped: what is written here meanwhile is not its.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.client_transactions_update
  AFTER UPDATE ON purser.client_transactions FOR EACH ROW
BEGIN
  DECLARE v_mapped INT DEFAULT 0;
  IF NOT (OLD.client_id = NEW.client_id AND OLD.occurred_at = NEW.occurred_at AND OLD.amount = NEW.amount
          AND OLD.currency = NEW.currency) THEN
    SELECT COUNT(*) INTO v_mapped FROM purser.settings WHERE name = 'usage_table';
    IF v_mapped = 0 THEN
      CALL purser.usage_count(OLD.client_id, OLD.occurred_at, OLD.amount, OLD.currency, -1);
      CALL purser.usage_count(NEW.client_id, NEW.occurred_at, NEW.amount, NEW.currency, 1);
    END IF;
  END IF;
END//
DELIMITER ;

-- ---- sql/triggers/clients_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_before_insert
  BEFORE INSERT ON purser.clients FOR EACH ROW
CALL purser.usage_need_set(COALESCE(NEW.thresholds, 'default'))//
DELIMITER ;

-- ---- sql/triggers/clients_before_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_before_update
  BEFORE UPDATE ON purser.clients FOR EACH ROW
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF OLD.id <> NEW.id THEN -- what it used, was told and has paid is under the number
    SET v_why = CONCAT('The number of client ', OLD.id, ' cannot be changed: its usage, alerts and history are kept by it');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  IF NOT OLD.thresholds <=> NEW.thresholds THEN
    CALL purser.usage_need_set(COALESCE(NEW.thresholds, 'default'));
  END IF;
  IF OLD.package <> NEW.package THEN
    CALL purser.usage_same_currency(NEW.id, OLD.package, NEW.package);
  END IF;
  SET NEW.updated_at = UTC_TIMESTAMP(6);
END//
DELIMITER ;

-- ---- sql/triggers/clients_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_delete
  AFTER DELETE ON purser.clients FOR EACH ROW
CALL purser.admin_note('delete', 'client', OLD.id, OLD.id, JSON_OBJECT('external_id', OLD.external_id, 'name', OLD.name, 'email', OLD.email, 'package', OLD.package, 'status', OLD.status, 'language', OLD.language, 'thresholds', OLD.thresholds, 'hard_stop', OLD.hard_stop, 'counter_slots', OLD.counter_slots), NULL)//
DELIMITER ;

-- ---- sql/triggers/clients_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_insert
  AFTER INSERT ON purser.clients FOR EACH ROW
BEGIN
  CALL purser.usage_lock(NEW.id, 0, NEW.counter_slots);
  CALL purser.admin_note('insert', 'client', NEW.id, NEW.id, NULL, JSON_OBJECT('external_id', NEW.external_id, 'name', NEW.name, 'email', NEW.email, 'package', NEW.package, 'status', NEW.status, 'language', NEW.language, 'thresholds', NEW.thresholds, 'hard_stop', NEW.hard_stop, 'counter_slots', NEW.counter_slots));
END//
DELIMITER ;

-- ---- sql/triggers/clients_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.clients_log_update
  AFTER UPDATE ON purser.clients FOR EACH ROW
IF NOT (OLD.external_id <=> NEW.external_id AND OLD.name <=> NEW.name AND OLD.email <=> NEW.email AND OLD.created_at <=> NEW.created_at AND OLD.package <=> NEW.package AND OLD.status <=> NEW.status AND OLD.language <=> NEW.language AND OLD.thresholds <=> NEW.thresholds AND OLD.hard_stop <=> NEW.hard_stop AND OLD.counter_slots <=> NEW.counter_slots) THEN
  CALL purser.admin_note('update', 'client', NEW.id, NEW.id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.external_id <=> NEW.external_id, '{}', JSON_OBJECT('external_id', OLD.external_id)),
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.email <=> NEW.email, '{}', JSON_OBJECT('email', OLD.email)),
      IF(OLD.created_at <=> NEW.created_at, '{}', JSON_OBJECT('created_at', OLD.created_at)),
      IF(OLD.package <=> NEW.package, '{}', JSON_OBJECT('package', OLD.package)),
      IF(OLD.status <=> NEW.status, '{}', JSON_OBJECT('status', OLD.status)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', OLD.language)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', OLD.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', OLD.hard_stop)),
      IF(OLD.counter_slots <=> NEW.counter_slots, '{}', JSON_OBJECT('counter_slots', OLD.counter_slots))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.external_id <=> NEW.external_id, '{}', JSON_OBJECT('external_id', NEW.external_id)),
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.email <=> NEW.email, '{}', JSON_OBJECT('email', NEW.email)),
      IF(OLD.created_at <=> NEW.created_at, '{}', JSON_OBJECT('created_at', NEW.created_at)),
      IF(OLD.package <=> NEW.package, '{}', JSON_OBJECT('package', NEW.package)),
      IF(OLD.status <=> NEW.status, '{}', JSON_OBJECT('status', NEW.status)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', NEW.language)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', NEW.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', NEW.hard_stop)),
      IF(OLD.counter_slots <=> NEW.counter_slots, '{}', JSON_OBJECT('counter_slots', NEW.counter_slots))));
  IF OLD.counter_slots < NEW.counter_slots THEN
    CALL purser.usage_lock(NEW.id, OLD.counter_slots, NEW.counter_slots - OLD.counter_slots);
  END IF;
  IF NOT (OLD.package = NEW.package AND OLD.status = NEW.status AND OLD.thresholds <=> NEW.thresholds
          AND OLD.counter_slots = NEW.counter_slots) THEN
    CALL purser.usage_due(NEW.id);
  END IF;
END IF//
DELIMITER ;

-- ---- sql/triggers/outbox_usage_sent.sql
-- The mail server has taken the message: in the transaction that writes that down.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.outbox_usage_sent
  AFTER UPDATE ON purser.outbox FOR EACH ROW
IF NEW.kind = 'usage_alert' AND NEW.state = 'sent' AND OLD.state <> 'sent' THEN
  UPDATE purser.usage_alerts SET email_sent = TRUE, sent_at = NEW.finished_at WHERE outbox_id = NEW.id;
END IF//
DELIMITER ;

-- ---- sql/triggers/packages_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_before_insert
  BEFORE INSERT ON purser.packages FOR EACH ROW
CALL purser.usage_need_set(NEW.thresholds)//
DELIMITER ;

-- ---- sql/triggers/packages_before_update.sql
-- Of a package that a million clients have only this is noted; the next check looks at them.
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_before_update
  BEFORE UPDATE ON purser.packages FOR EACH ROW
BEGIN
  DECLARE v_why TEXT CHARACTER SET utf8mb4;
  IF OLD.currency <> NEW.currency AND EXISTS (SELECT 1 FROM purser.clients WHERE package = OLD.name) THEN
    SET v_why = CONCAT('The currency of package ''', OLD.name, ''' cannot be changed while clients have it: their usage is counted in ',
      OLD.currency, '. Make another package and switch them');
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
  CALL purser.usage_need_set(NEW.thresholds);
  IF NOT (OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit
          AND OLD.thresholds = NEW.thresholds) THEN
    SET NEW.limits_changed_at = UTC_TIMESTAMP(6);
  END IF;
END//
DELIMITER ;

-- ---- sql/triggers/packages_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_delete
  AFTER DELETE ON purser.packages FOR EACH ROW
CALL purser.admin_note('delete', 'package', OLD.name, NULL, JSON_OBJECT('name', OLD.name, 'position', OLD.position, 'description', OLD.description, 'volume_limit', OLD.volume_limit, 'transaction_limit', OLD.transaction_limit, 'price', OLD.price, 'currency', OLD.currency, 'thresholds', OLD.thresholds, 'hard_stop', OLD.hard_stop, 'offered', OLD.offered), NULL)//
DELIMITER ;

-- ---- sql/triggers/packages_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_insert
  AFTER INSERT ON purser.packages FOR EACH ROW
CALL purser.admin_note('insert', 'package', NEW.name, NULL, NULL, JSON_OBJECT('name', NEW.name, 'position', NEW.position, 'description', NEW.description, 'volume_limit', NEW.volume_limit, 'transaction_limit', NEW.transaction_limit, 'price', NEW.price, 'currency', NEW.currency, 'thresholds', NEW.thresholds, 'hard_stop', NEW.hard_stop, 'offered', NEW.offered))//
DELIMITER ;

-- ---- sql/triggers/packages_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.packages_log_update
  AFTER UPDATE ON purser.packages FOR EACH ROW
IF NOT (OLD.name <=> NEW.name AND OLD.position <=> NEW.position AND OLD.description <=> NEW.description AND OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit AND OLD.price <=> NEW.price AND OLD.currency <=> NEW.currency AND OLD.thresholds <=> NEW.thresholds AND OLD.hard_stop <=> NEW.hard_stop AND OLD.offered <=> NEW.offered) THEN
  CALL purser.admin_note('update', 'package', NEW.name, NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.position <=> NEW.position, '{}', JSON_OBJECT('position', OLD.position)),
      IF(OLD.description <=> NEW.description, '{}', JSON_OBJECT('description', OLD.description)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', OLD.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', OLD.transaction_limit)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', OLD.price)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', OLD.currency)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', OLD.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', OLD.hard_stop)),
      IF(OLD.offered <=> NEW.offered, '{}', JSON_OBJECT('offered', OLD.offered))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.position <=> NEW.position, '{}', JSON_OBJECT('position', NEW.position)),
      IF(OLD.description <=> NEW.description, '{}', JSON_OBJECT('description', NEW.description)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', NEW.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', NEW.transaction_limit)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', NEW.price)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', NEW.currency)),
      IF(OLD.thresholds <=> NEW.thresholds, '{}', JSON_OBJECT('thresholds', NEW.thresholds)),
      IF(OLD.hard_stop <=> NEW.hard_stop, '{}', JSON_OBJECT('hard_stop', NEW.hard_stop)),
      IF(OLD.offered <=> NEW.offered, '{}', JSON_OBJECT('offered', NEW.offered))));
END IF//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_before_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_delete
  BEFORE DELETE ON purser.pricing_overrides FOR EACH ROW
BEGIN
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  INSERT INTO purser.override_lock (id, changes) VALUES (1, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
END//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_insert
  BEFORE INSERT ON purser.pricing_overrides FOR EACH ROW
BEGIN
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  INSERT INTO purser.override_lock (id, changes) VALUES (1, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
END//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_before_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_before_update
  BEFORE UPDATE ON purser.pricing_overrides FOR EACH ROW
BEGIN
  SET STATEMENT innodb_snapshot_isolation = 0 FOR
  INSERT INTO purser.override_lock (id, changes) VALUES (1, 1) ON DUPLICATE KEY UPDATE changes = changes + 1;
END//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_delete
  AFTER DELETE ON purser.pricing_overrides FOR EACH ROW
BEGIN
  CALL purser.admin_note('delete', 'override', OLD.id, OLD.client_id, JSON_OBJECT('client_id', OLD.client_id, 'price', OLD.price, 'volume_limit', OLD.volume_limit, 'transaction_limit', OLD.transaction_limit, 'currency', OLD.currency, 'starts_at', OLD.starts_at, 'ends_at', OLD.ends_at, 'reason', OLD.reason), NULL);
  CALL purser.usage_due(OLD.client_id);
END//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_insert
  AFTER INSERT ON purser.pricing_overrides FOR EACH ROW
BEGIN
  CALL purser.admin_note('insert', 'override', NEW.id, NEW.client_id, NULL, JSON_OBJECT('client_id', NEW.client_id, 'price', NEW.price, 'volume_limit', NEW.volume_limit, 'transaction_limit', NEW.transaction_limit, 'currency', NEW.currency, 'starts_at', NEW.starts_at, 'ends_at', NEW.ends_at, 'reason', NEW.reason));
  CALL purser.usage_due(NEW.client_id);
END//
DELIMITER ;

-- ---- sql/triggers/pricing_overrides_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.pricing_overrides_log_update
  AFTER UPDATE ON purser.pricing_overrides FOR EACH ROW
IF NOT (OLD.client_id <=> NEW.client_id AND OLD.price <=> NEW.price AND OLD.volume_limit <=> NEW.volume_limit AND OLD.transaction_limit <=> NEW.transaction_limit AND OLD.currency <=> NEW.currency AND OLD.starts_at <=> NEW.starts_at AND OLD.ends_at <=> NEW.ends_at AND OLD.reason <=> NEW.reason) THEN
  CALL purser.admin_note('update', 'override', NEW.id, NEW.client_id, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', OLD.client_id)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', OLD.price)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', OLD.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', OLD.transaction_limit)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', OLD.currency)),
      IF(OLD.starts_at <=> NEW.starts_at, '{}', JSON_OBJECT('starts_at', OLD.starts_at)),
      IF(OLD.ends_at <=> NEW.ends_at, '{}', JSON_OBJECT('ends_at', OLD.ends_at)),
      IF(OLD.reason <=> NEW.reason, '{}', JSON_OBJECT('reason', OLD.reason))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.client_id <=> NEW.client_id, '{}', JSON_OBJECT('client_id', NEW.client_id)),
      IF(OLD.price <=> NEW.price, '{}', JSON_OBJECT('price', NEW.price)),
      IF(OLD.volume_limit <=> NEW.volume_limit, '{}', JSON_OBJECT('volume_limit', NEW.volume_limit)),
      IF(OLD.transaction_limit <=> NEW.transaction_limit, '{}', JSON_OBJECT('transaction_limit', NEW.transaction_limit)),
      IF(OLD.currency <=> NEW.currency, '{}', JSON_OBJECT('currency', NEW.currency)),
      IF(OLD.starts_at <=> NEW.starts_at, '{}', JSON_OBJECT('starts_at', NEW.starts_at)),
      IF(OLD.ends_at <=> NEW.ends_at, '{}', JSON_OBJECT('ends_at', NEW.ends_at)),
      IF(OLD.reason <=> NEW.reason, '{}', JSON_OBJECT('reason', NEW.reason))));
  CALL purser.usage_due(OLD.client_id);
  CALL purser.usage_due(NEW.client_id);
END IF//
DELIMITER ;

-- ---- sql/triggers/usage_templates_before_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_delete
  BEFORE DELETE ON purser.usage_templates FOR EACH ROW
IF OLD.language = 'en' THEN
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
    'The template of the language en must stay: clients in languages that have none get it';
END IF//
DELIMITER ;

-- ---- sql/triggers/usage_templates_before_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_insert
  BEFORE INSERT ON purser.usage_templates FOR EACH ROW
BEGIN
  CALL purser.usage_template_language(NEW.name, NEW.language, NULL);
  CALL purser.usage_template_check(NEW.locale, NEW.subject, NEW.text, NEW.html);
END//
DELIMITER ;

-- ---- sql/triggers/usage_templates_before_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_before_update
  BEFORE UPDATE ON purser.usage_templates FOR EACH ROW
BEGIN
  IF OLD.language = 'en' AND NOT (NEW.language = 'en' AND NEW.name = OLD.name) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
      'The template of the language en must stay: clients in languages that have none get it';
  END IF;
  CALL purser.usage_template_language(NEW.name, NEW.language, IF(NEW.name = OLD.name, OLD.language, NULL));
  CALL purser.usage_template_check(NEW.locale, NEW.subject, NEW.text, NEW.html);
END//
DELIMITER ;

-- ---- sql/triggers/usage_templates_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_delete
  AFTER DELETE ON purser.usage_templates FOR EACH ROW
CALL purser.admin_note('delete', 'template', CONCAT(OLD.name, ' ', OLD.language), NULL, JSON_OBJECT('name', OLD.name, 'language', OLD.language, 'locale', OLD.locale, 'subject', OLD.subject, 'text', OLD.text, 'html', OLD.html), NULL)//
DELIMITER ;

-- ---- sql/triggers/usage_templates_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_insert
  AFTER INSERT ON purser.usage_templates FOR EACH ROW
CALL purser.admin_note('insert', 'template', CONCAT(NEW.name, ' ', NEW.language), NULL, NULL, JSON_OBJECT('name', NEW.name, 'language', NEW.language, 'locale', NEW.locale, 'subject', NEW.subject, 'text', NEW.text, 'html', NEW.html))//
DELIMITER ;

-- ---- sql/triggers/usage_templates_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_templates_log_update
  AFTER UPDATE ON purser.usage_templates FOR EACH ROW
IF NOT (OLD.name <=> NEW.name AND OLD.language <=> NEW.language AND OLD.locale <=> NEW.locale AND OLD.subject <=> NEW.subject AND OLD.text <=> NEW.text AND OLD.html <=> NEW.html) THEN
  CALL purser.admin_note('update', 'template', CONCAT(NEW.name, ' ', NEW.language), NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', OLD.name)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', OLD.language)),
      IF(OLD.locale <=> NEW.locale, '{}', JSON_OBJECT('locale', OLD.locale)),
      IF(OLD.subject <=> NEW.subject, '{}', JSON_OBJECT('subject', OLD.subject)),
      IF(OLD.text <=> NEW.text, '{}', JSON_OBJECT('text', OLD.text)),
      IF(OLD.html <=> NEW.html, '{}', JSON_OBJECT('html', OLD.html))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name <=> NEW.name, '{}', JSON_OBJECT('name', NEW.name)),
      IF(OLD.language <=> NEW.language, '{}', JSON_OBJECT('language', NEW.language)),
      IF(OLD.locale <=> NEW.locale, '{}', JSON_OBJECT('locale', NEW.locale)),
      IF(OLD.subject <=> NEW.subject, '{}', JSON_OBJECT('subject', NEW.subject)),
      IF(OLD.text <=> NEW.text, '{}', JSON_OBJECT('text', NEW.text)),
      IF(OLD.html <=> NEW.html, '{}', JSON_OBJECT('html', NEW.html))));
END IF//
DELIMITER ;

-- ---- sql/triggers/usage_thresholds_log_delete.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_delete
  AFTER DELETE ON purser.usage_thresholds FOR EACH ROW
BEGIN
  CALL purser.admin_note('delete', 'thresholds', CONCAT(OLD.name_of_set, ' ', OLD.threshold), NULL, JSON_OBJECT('name_of_set', OLD.name_of_set, 'threshold', OLD.threshold, 'alert_type', OLD.alert_type), NULL);
  CALL purser.usage_set_due(OLD.name_of_set);
END//
DELIMITER ;

-- ---- sql/triggers/usage_thresholds_log_insert.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_insert
  AFTER INSERT ON purser.usage_thresholds FOR EACH ROW
BEGIN
  CALL purser.admin_note('insert', 'thresholds', CONCAT(NEW.name_of_set, ' ', NEW.threshold), NULL, NULL, JSON_OBJECT('name_of_set', NEW.name_of_set, 'threshold', NEW.threshold, 'alert_type', NEW.alert_type));
  CALL purser.usage_set_due(NEW.name_of_set);
END//
DELIMITER ;

-- ---- sql/triggers/usage_thresholds_log_update.sql
DELIMITER //
CREATE OR REPLACE DEFINER = `purser_definer`@`localhost` TRIGGER purser.usage_thresholds_log_update
  AFTER UPDATE ON purser.usage_thresholds FOR EACH ROW
IF NOT (OLD.name_of_set <=> NEW.name_of_set AND OLD.threshold <=> NEW.threshold AND OLD.alert_type <=> NEW.alert_type) THEN
  CALL purser.admin_note('update', 'thresholds', CONCAT(NEW.name_of_set, ' ', NEW.threshold), NULL, 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name_of_set <=> NEW.name_of_set, '{}', JSON_OBJECT('name_of_set', OLD.name_of_set)),
      IF(OLD.threshold <=> NEW.threshold, '{}', JSON_OBJECT('threshold', OLD.threshold)),
      IF(OLD.alert_type <=> NEW.alert_type, '{}', JSON_OBJECT('alert_type', OLD.alert_type))), 
    JSON_MERGE_PRESERVE('{}',
      IF(OLD.name_of_set <=> NEW.name_of_set, '{}', JSON_OBJECT('name_of_set', NEW.name_of_set)),
      IF(OLD.threshold <=> NEW.threshold, '{}', JSON_OBJECT('threshold', NEW.threshold)),
      IF(OLD.alert_type <=> NEW.alert_type, '{}', JSON_OBJECT('alert_type', NEW.alert_type))));
  CALL purser.usage_set_due(OLD.name_of_set);
  CALL purser.usage_set_due(NEW.name_of_set);
END IF//
DELIMITER ;

-- ---- sql/install/usage_view.sql
-- What is counted, until purser.map_usage names another table.
CREATE ALGORITHM = MERGE DEFINER = `purser_definer`@`localhost` SQL SECURITY INVOKER VIEW IF NOT EXISTS purser.app_client_usage AS
SELECT client_id, reference, amount, currency, occurred_at FROM purser.client_transactions;

-- ---- sql/install/grants.sql
-- Grants are only ever added here; an upgrade step takes away what a release no longer needs.

-- The worker: reads its schema, writes what it works on, appends to the history.
GRANT SELECT ON purser.* TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.gateway_transactions TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.reconciliation_runs TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.reconciliation_reports TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.discrepancies TO `purser`@`localhost`;
GRANT INSERT ON purser.discrepancy_events TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.jobs TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.leases TO `purser`@`localhost`;
GRANT INSERT ON purser.audit_seals TO `purser`@`localhost`;
GRANT INSERT, UPDATE ON purser.audit_tiles TO `purser`@`localhost`;
-- its trigger lets nothing go that no seal says is pruned
GRANT DELETE ON purser.audit_log TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.audit_transactions TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.alerts TO `purser`@`localhost`;
GRANT INSERT, UPDATE, DELETE ON purser.outbox TO `purser`@`localhost`;
GRANT DELETE ON purser.alert_silences TO `purser`@`localhost`;
GRANT DELETE ON purser.alert_events TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.report_json TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limits_json TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.server_activity TO `purser`@`localhost`;
-- SLAVE MONITOR: the health check of the replication reads SHOW ALL SLAVES STATUS, which no routine can.
GRANT SLAVE MONITOR ON *.* TO `purser`@`localhost`;
GRANT INSERT, DELETE ON purser.health_results TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO `purser`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_round TO `purser`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_calendar TO `purser`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reset_monthly_usage TO `purser`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_owed TO `purser`@`localhost`;

-- The definer: what the definer routines read and write, and the right to run them: within a definer
-- routine the server asks the definer, not the caller, for EXECUTE on the routine itself.
GRANT SELECT ON purser.reconciliation_runs TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE (state, changed_at, closed_at) ON purser.discrepancies TO `purser_definer`@`localhost`;
GRANT INSERT ON purser.discrepancy_events TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.latest_runs TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.counts_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.currencies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.gateways_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.discrepancies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.report_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.refuse_locks TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.request_reconcile TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reconcile TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reconcile_async TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.resolve_discrepancy TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.import_gateway_rows TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.rate_limit_policies TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.rate_limit_lists TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limits_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reload_rate_limits TO `purser_definer`@`localhost`;
-- The triggers of the audit log and of audited tables are the definer's.
GRANT SELECT, INSERT, TRIGGER ON purser.audit_log TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.audit_seals TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.audit_tiles TO `purser_definer`@`localhost`;
-- PROCESS: which transactions are open and who waits is shown to nobody else; audit_transactions and
-- server_activity read just that.
GRANT PROCESS ON *.* TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.audit_transactions TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.server_activity TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_job TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verified TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verify TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_verify_checkpoint TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_proof TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_consistency TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.audit_prune TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.check_health TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.health_json TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.alert_channels TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE ON purser.alerts TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.alert_silences TO `purser_definer`@`localhost`;
GRANT INSERT ON purser.alert_events TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.outbox TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_acknowledge TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_need_target TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_silence TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_unsilence TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.alert_test TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.outbox_replay TO `purser_definer`@`localhost`;
GRANT SELECT (name, enabled) ON purser.gateways TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.audit_tables TO `purser_definer`@`localhost`;
GRANT SELECT (state, created_at, finished_at) ON purser.outbox TO `purser_definer`@`localhost`;
GRANT SELECT (rule, subject, level, told_state, since, acknowledged_at) ON purser.alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_reconciliation_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_discrepancies_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_outbox_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_alerts_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_audit_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_rate_limits_json TO `purser_definer`@`localhost`;

-- Clients: lists, packages, prices, keys, months, counting anew.
GRANT DELETE ON purser.pricing_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.client_percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.dashboard_usage_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.client_need TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.client_reason TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.create_client_key TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.end_pricing_override TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_clients TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_filter TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_filters TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_packages TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.list_pricing_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.override_number TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.recount_client TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.recount_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.reset_monthly_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.revoke_client_key TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.set_pricing_override TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.show_client TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_compare TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.switch_package TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_calendar TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_close TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_close_month TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_report TO `purser_definer`@`localhost`;

-- Clients and usage: the triggers and the procedures are the definer's.
GRANT SELECT, UPDATE, TRIGGER ON purser.packages TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE, TRIGGER ON purser.clients TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, TRIGGER ON purser.client_keys TO `purser_definer`@`localhost`;
GRANT SELECT, UPDATE (currency), TRIGGER ON purser.client_transactions TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.client_usage TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.usage_locks TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.usage_months TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT ON purser.usage_history TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.usage_thresholds TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.usage_alerts TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, TRIGGER ON purser.pricing_overrides TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE ON purser.override_lock TO `purser_definer`@`localhost`;
GRANT SELECT, TRIGGER ON purser.usage_templates TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT ON purser.admin_log TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.client_limits TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.app_client_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.installed_names TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_month TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_level TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.client_currency TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_map_note TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.admin_why TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.admin_note TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_count TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_count_first TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_lock TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_set_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_need_set TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_same_currency TO `purser_definer`@`localhost`;
-- Checking and telling.
GRANT SELECT, TRIGGER ON purser.outbox TO `purser_definer`@`localhost`;
GRANT SELECT ON purser.settings TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_decimals TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_channel TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_template_sql TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_mail_sql TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_percent TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.usage_owed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.purser_usage_allowed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_template_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_template_language TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_mail TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_batch TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_lock TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_levels TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_begin TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_quiet TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_whole TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_alert TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_mail_alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_due TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_some TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_late TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_packages TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_ahead TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_overrides TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_owed TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check_highest TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_round TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.usage_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.check_usage_alerts TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.test_usage_alert TO `purser_definer`@`localhost`;

-- The client API: its account may call these three and nothing else.
GRANT EXECUTE ON PROCEDURE purser.api_call TO `purser_api`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_begin TO `purser_api`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_end TO `purser_api`@`localhost`;
GRANT SELECT (gateway, transaction_ref, kind, status) ON purser.gateway_transactions TO `purser_definer`@`localhost`;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.api_idempotency TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_call TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_begin TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_check TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_end TO `purser_definer`@`localhost`;
GRANT EXECUTE ON PROCEDURE purser.api_idempotency_forget TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_answer TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_checkpoint TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_cursor TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_cursor_text TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_day_starts_at TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_is_date TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_moment TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_moment_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_money_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_number_json TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_package TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_parameters_why TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_reconciliation TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_transactions TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_usage TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_usage_history TO `purser_definer`@`localhost`;
GRANT EXECUTE ON FUNCTION purser.api_usage_told TO `purser_definer`@`localhost`;

-- Applications: the batches, which run with the caller's rights. The views of the shop are granted by
-- purser.map_app, which makes them; the shop's own tables are for the application's administrator.
GRANT EXECUTE ON PROCEDURE purser.batch_update_stock TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_insert_order_items TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_update_subscriptions TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_check_order TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_key TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_key_done TO purser_app;
GRANT EXECUTE ON PROCEDURE purser.batch_refuse TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_element TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_items TO purser_app;
GRANT EXECUTE ON FUNCTION purser.batch_unknown TO purser_app;
GRANT EXECUTE ON FUNCTION purser.audit_diff TO purser_app;
GRANT EXECUTE ON FUNCTION purser.rate_limit_headers TO purser_app;
GRANT SELECT, INSERT, UPDATE (answer) ON purser.batch_keys TO purser_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON purser.client_transactions TO purser_app;
GRANT EXECUTE ON FUNCTION purser.purser_usage_allowed TO purser_app;

-- People.
GRANT SELECT ON purser.open_discrepancies TO purser_reader;
GRANT SELECT ON purser.reconciliation_progress TO purser_reader;
GRANT SELECT ON purser.latest_runs TO purser_reader;
GRANT SELECT ON purser.reconciliation_reports TO purser_reader;
GRANT SELECT ON purser.reconciliation_runs TO purser_reader;
GRANT SELECT ON purser.discrepancies TO purser_reader;
GRANT SELECT ON purser.discrepancy_events TO purser_reader;
GRANT SELECT ON purser.rate_limits TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_json TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_view_json TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.report_json TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.check_health TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.health_json TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.health_view_json TO purser_reader;
GRANT SELECT ON purser.health TO purser_reader;
GRANT SELECT ON purser.health_results TO purser_reader;
GRANT SELECT ON purser.firing_alerts TO purser_reader;
GRANT SELECT ON purser.outbox_dead TO purser_reader;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO purser_reader;
GRANT SELECT ON purser.packages TO purser_reader;
GRANT SELECT ON purser.clients TO purser_reader;
GRANT SELECT ON purser.client_usage TO purser_reader;
GRANT SELECT ON purser.usage_months TO purser_reader;
GRANT SELECT ON purser.usage_history TO purser_reader;
GRANT SELECT ON purser.usage_thresholds TO purser_reader;
GRANT SELECT ON purser.usage_alerts TO purser_reader;
GRANT SELECT ON purser.pricing_overrides TO purser_reader;
GRANT SELECT ON purser.admin_log TO purser_reader;
GRANT SELECT ON purser.client_limits TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_packages TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_clients TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.show_client TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.list_pricing_overrides TO purser_reader;
GRANT EXECUTE ON PROCEDURE purser.usage_report TO purser_reader;

-- By name: what changes tables with the definer's rights for another routine must not be called by itself.
-- (The first line, so that there is something to revoke: an older install.sql granted all.)
GRANT SELECT, EXECUTE ON purser.* TO purser_admin;
REVOKE EXECUTE ON purser.* FROM purser_admin;
GRANT EXECUTE ON PROCEDURE purser.alert_acknowledge TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.alert_silence TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.alert_test TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.alert_unsilence TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.apply_constraints TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_consistency TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_diff TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_disable TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_enable TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_proof TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_prune TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_status TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_verify TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_verify_checkpoint TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_check_order TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.batch_element TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_insert_order_items TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.batch_items TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_key TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_key_done TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_refuse TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.batch_unknown TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_update_stock TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.batch_update_subscriptions TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.check_constraints TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.check_health TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.check_usage_alerts TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.create_client_key TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.dashboard_json TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.end_pricing_override TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.health_json TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.health_view_json TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.import_gateway_file TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.list_clients TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.list_packages TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.list_pricing_overrides TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.map_app TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.map_usage TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.outbox_replay TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.purser_usage_allowed TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.rate_limit_headers TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_json TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.rate_limit_keys_view_json TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.reconcile TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.reconcile_async TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.recount_usage TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.reload_rate_limits TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.report_json TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.reset_monthly_usage TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.resolve_discrepancy TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.revert_constraints TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.revoke_client_key TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.set_pricing_override TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.show_client TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.switch_package TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.test_usage_alert TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.unmap_usage TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_calendar TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_report TO purser_admin;
-- What those call that have their caller's rights. By itself it has no others, but refuse_locks, installed_names and
-- import_gateway_rows, which do no more than the procedures that call them, and usage_map_note, which notes which table is mapped.
GRANT EXECUTE ON PROCEDURE purser.audit_check_table TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_columns_json TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_drop_triggers TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_insert_sql TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_key_json TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_kind TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_layout_hash TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_names TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_object_sql TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_options TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_record_sql TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_refuse TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.audit_revoke TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_row_sql TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_same_sql TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_state TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_trigger_hash TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_trigger_name TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_trigger_sql TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.audit_value_sql TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.check_app TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_add TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_apply_rule TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_begin TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_check TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_check_rule TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_clause TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_count TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_ddl TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_drop TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_end TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_find TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_foreign_key TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_list TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_look TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_other TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_part TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_quoted TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_schema TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.constraint_setting TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_table TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_undo TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.ddl_why TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_unique TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.constraint_want TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.import_gateway_rows TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.installed_names TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.refuse_locks TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.revoke_app TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_accounts TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_add TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_app TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_audit TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_gateways TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_last_error TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_missing TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_plugin TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_replication TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_schema TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_settings TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_usage TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_worker_access TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.selftest_zone TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.triggers_lock TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_column TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_drop TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_note TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_options TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.usage_map_sql TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_table TO purser_admin;
GRANT EXECUTE ON FUNCTION purser.usage_map_trigger TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_view TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_where TO purser_admin;
GRANT EXECUTE ON PROCEDURE purser.usage_map_zone TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.settings TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.gateways TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.rate_limit_policies TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.rate_limit_lists TO purser_admin;
GRANT DELETE ON purser.batch_keys TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.audit_tables TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.constraint_rules TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.constraint_objects TO purser_admin;
-- A query is run by the worker: who may write one may read what the worker may. So no INSERT here.
GRANT UPDATE (service, warning, critical, direction, parameter, unit, interval_seconds, timeout_seconds, fail_count,
              fail_window, enabled, description) ON purser.health_checks TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.alert_channels TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.alert_rules TO purser_admin;
GRANT DELETE ON purser.alerts TO purser_admin;
GRANT INSERT, DELETE ON purser.outbox TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.packages TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.clients TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.usage_thresholds TO purser_admin;
GRANT INSERT, UPDATE, DELETE ON purser.usage_templates TO purser_admin;

-- ---- sql/install/usage.sql
-- Months in UTC until the plugin knows the time zone (purser.usage_calendar); as long as nothing was
-- counted they are made anew. Those that are over are closed: nobody is told of them, and nothing is invoiced.
INSERT IGNORE INTO purser.usage_months (month, starts_at, zone, closed_at)
WITH RECURSIVE m (n) AS (SELECT -24 UNION ALL SELECT n + 1 FROM m WHERE n < 120)
SELECT DATE_FORMAT(starts_at, '%Y-%m'), starts_at, 'UTC', IF(starts_at + INTERVAL 1 MONTH <= UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), NULL)
  FROM (SELECT CAST(DATE_FORMAT(UTC_DATE(), '%Y-%m-01') AS DATE) + INTERVAL n MONTH AS starts_at FROM m) AS s
 WHERE NOT EXISTS (SELECT 1 FROM purser.usage_months);
-- A set that somebody changed stays as it is.
INSERT INTO purser.usage_thresholds (name_of_set, threshold, alert_type)
SELECT 'default', t.threshold, t.alert_type
  FROM (SELECT 80 AS threshold, 'Notice' AS alert_type UNION ALL SELECT 90, 'Warning'
        UNION ALL SELECT 95, 'Critical' UNION ALL SELECT 100, 'Limit Exceeded') AS t
 WHERE NOT EXISTS (SELECT 1 FROM purser.usage_thresholds WHERE name_of_set = 'default');
INSERT INTO purser.usage_locks (client_id, slot)
SELECT c.id, 0 FROM purser.clients AS c LEFT JOIN purser.usage_locks AS l ON l.client_id = c.id WHERE l.client_id IS NULL;
-- The row that overrides meet in (tables/override_lock.sql): of several sessions that all had to make it two would meet in a deadlock.
INSERT IGNORE INTO purser.override_lock (id, changes) VALUES (1, 0);

-- ---- sql/install/usage_templates.sql
-- A template that somebody has changed stays as it is. The recommendation may be cheaper: {{recommended_difference}} has a sign.
INSERT IGNORE INTO purser.usage_templates (name, language, locale, subject, text, html) VALUES
('usage_alert', 'en', 'en_US',
'{{#limit_reached}}Limit reached: {{usage_percentage}} % of your package {{package}} in {{month}}{{/limit_reached}}{{^limit_reached}}{{alert_type}}: {{usage_percentage}} % of your package {{package}} used in {{month}}{{/limit_reached}}',
'{{#test}}*** This is a test. Nothing has happened, and nothing was recorded. ***

{{/test}}Hello {{client_name}},

{{#limit_reached}}you have used up the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}you have used {{usage_percentage}} % of the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Further payments are refused until the month ends or your package changes.
{{/hard_stop}}{{/limit_reached}}
  Volume: {{#volume_limited}}{{current_volume}} of {{max_volume}} {{currency}} (left: {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (no limit){{/volume_limited}}
  Transactions: {{#transactions_limited}}{{current_transactions}} of {{max_transactions}} (left: {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (no limit){{/transactions_limited}}

{{#recommended}}The package {{recommended_package}} would fit:
  Volume: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}no limit{{/recommended_volume_limited}}
  Transactions: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}no limit{{/recommended_transactions_limited}}
It costs {{recommended_price}} {{currency}} a month; that is {{recommended_difference}} {{currency}} more than now.
{{/recommended}}{{^recommended}}None of our packages is large enough for this usage: please contact us, and we find one for you.
{{/recommended}}
You get this message once a month for each threshold. It counts what had come in when it was written.
',
'<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">This is a test. Nothing has happened, and nothing was recorded.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Limit reached{{/limit_reached}}{{^limit_reached}}{{alert_type}}{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Hello {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}you have used up the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}you have used {{usage_percentage}} % of the {{#by_volume}}volume{{/by_volume}}{{#by_transactions}}transactions{{/by_transactions}} of your package {{package}} for {{month}}.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Further payments are refused until the month ends or your package changes.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volume</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} of {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (no limit){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transactions</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} of {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (no limit){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">The package {{recommended_package}} would fit</p>
<p style="margin:0">Volume: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}no limit{{/recommended_volume_limited}}<br>Transactions: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}no limit{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">It costs {{recommended_price}} {{currency}} a month; that is {{recommended_difference}} {{currency}} more than now.</p>{{/recommended}}{{^recommended}}<p style="margin:0">None of our packages is large enough for this usage: please contact us, and we find one for you.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">You get this message once a month for each threshold. It counts what had come in when it was written.</p>
</td></tr></table>
</td></tr></table>
</body></html>
'),
('usage_alert', 'fr', 'fr_FR',
'{{#limit_reached}}Limite atteinte : {{usage_percentage}} % de votre forfait {{package}} en {{month}}{{/limit_reached}}{{^limit_reached}}Consommation : {{usage_percentage}} % de votre forfait {{package}} en {{month}}{{/limit_reached}}',
'{{#test}}*** Ceci est un test. Il ne s’est rien passé, et rien n’a été enregistré. ***

{{/test}}Bonjour {{client_name}},

{{#limit_reached}}vous avez épuisé {{#by_volume}}le volume{{/by_volume}}{{#by_transactions}}les transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}} : {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}vous avez utilisé {{usage_percentage}} % {{#by_volume}}du volume{{/by_volume}}{{#by_transactions}}des transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}}.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Les paiements suivants sont refusés jusqu’à la fin du mois ou jusqu’au changement de votre forfait.
{{/hard_stop}}{{/limit_reached}}
  Volume : {{#volume_limited}}{{current_volume}} sur {{max_volume}} {{currency}} (restant : {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (sans limite){{/volume_limited}}
  Transactions : {{#transactions_limited}}{{current_transactions}} sur {{max_transactions}} (restant : {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (sans limite){{/transactions_limited}}

{{#recommended}}Le forfait {{recommended_package}} conviendrait :
  Volume : {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}sans limite{{/recommended_volume_limited}}
  Transactions : {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}sans limite{{/recommended_transactions_limited}}
Il coûte {{recommended_price}} {{currency}} par mois, soit une différence de {{recommended_difference}} {{currency}} avec le vôtre.
{{/recommended}}{{^recommended}}Aucun de nos forfaits ne suffit à cette consommation : contactez-nous, nous trouverons une solution.
{{/recommended}}
Vous recevez ce message une fois par mois et par seuil. Il tient compte de ce qui était arrivé au moment où il a été écrit.
',
'<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">Ceci est un test. Il ne s’est rien passé, et rien n’a été enregistré.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Limite atteinte{{/limit_reached}}{{^limit_reached}}Consommation{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Bonjour {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}vous avez épuisé {{#by_volume}}le volume{{/by_volume}}{{#by_transactions}}les transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}} : {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}vous avez utilisé {{usage_percentage}} % {{#by_volume}}du volume{{/by_volume}}{{#by_transactions}}des transactions{{/by_transactions}} de votre forfait {{package}} pour {{month}}.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Les paiements suivants sont refusés jusqu’à la fin du mois ou jusqu’au changement de votre forfait.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volume</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} sur {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (sans limite){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transactions</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} sur {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (sans limite){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">Le forfait {{recommended_package}} conviendrait</p>
<p style="margin:0">Volume : {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}sans limite{{/recommended_volume_limited}}<br>Transactions : {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}sans limite{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">Il coûte {{recommended_price}} {{currency}} par mois, soit une différence de {{recommended_difference}} {{currency}} avec le vôtre.</p>{{/recommended}}{{^recommended}}<p style="margin:0">Aucun de nos forfaits ne suffit à cette consommation : contactez-nous, nous trouverons une solution.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">Vous recevez ce message une fois par mois et par seuil. Il tient compte de ce qui était arrivé au moment où il a été écrit.</p>
</td></tr></table>
</td></tr></table>
</body></html>
'),
('usage_alert', 'de', 'de_DE',
'{{#limit_reached}}Grenze erreicht: {{usage_percentage}} % Ihres Pakets {{package}} im Monat {{month}}{{/limit_reached}}{{^limit_reached}}Verbrauch: {{usage_percentage}} % Ihres Pakets {{package}} im Monat {{month}}{{/limit_reached}}',
'{{#test}}*** Dies ist ein Test. Es ist nichts geschehen, und es wurde nichts festgehalten. ***

{{/test}}Guten Tag {{client_name}},

{{#limit_reached}}Sie haben {{#by_volume}}das Volumen{{/by_volume}}{{#by_transactions}}die Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} aufgebraucht: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}Sie haben {{usage_percentage}} % {{#by_volume}}des Volumens{{/by_volume}}{{#by_transactions}}der Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} verbraucht.{{/limit_reached}}
{{#limit_reached}}{{#hard_stop}}Weitere Zahlungen werden abgelehnt, bis der Monat endet oder Sie ein anderes Paket haben.
{{/hard_stop}}{{/limit_reached}}
  Volumen: {{#volume_limited}}{{current_volume}} von {{max_volume}} {{currency}} (übrig: {{remaining_volume}} {{currency}}){{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (keine Grenze){{/volume_limited}}
  Transaktionen: {{#transactions_limited}}{{current_transactions}} von {{max_transactions}} (übrig: {{remaining_transactions}}){{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (keine Grenze){{/transactions_limited}}

{{#recommended}}Das Paket {{recommended_package}} würde passen:
  Volumen: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}keine Grenze{{/recommended_volume_limited}}
  Transaktionen: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}keine Grenze{{/recommended_transactions_limited}}
Es kostet {{recommended_price}} {{currency}} im Monat, {{recommended_difference}} {{currency}} mehr als jetzt.
{{/recommended}}{{^recommended}}Keines unserer Pakete reicht für diesen Verbrauch: Sprechen Sie uns bitte an, wir finden eine Lösung.
{{/recommended}}
Sie erhalten diese Nachricht einmal im Monat für jede Schwelle. Sie zählt, was bis dahin eingegangen war.
',
'<!DOCTYPE html>
<html lang="de"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<style>@media (prefers-color-scheme: dark) { .page { background:#14171c !important } .card { background:#1f242c !important; color:#e8ebef !important } .soft { color:#a5adb8 !important } .line { border-color:#38404b !important } .box { background:#28303a !important } }</style></head>
<body class="page" style="margin:0;padding:0;background:#f2f4f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f4f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;color:#1c2430;border-radius:8px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">
{{#test}}<tr><td style="padding:10px 28px;background:#5b3fa8;color:#ffffff;border-radius:8px 8px 0 0">Dies ist ein Test. Es ist nichts geschehen, und es wurde nichts festgehalten.</td></tr>{{/test}}
<tr><td style="padding:24px 28px 28px">
<p style="margin:0;font-size:13px;font-weight:bold;color:{{#limit_reached}}#c0362c{{/limit_reached}}{{^limit_reached}}#b06a00{{/limit_reached}}">{{#limit_reached}}Grenze erreicht{{/limit_reached}}{{^limit_reached}}Verbrauch{{/limit_reached}}</p>
<p style="margin:4px 0 16px;font-size:34px;font-weight:bold">{{usage_percentage}} %</p>
<p style="margin:0 0 8px">Guten Tag {{client_name}},</p>
<p style="margin:0 0 16px">{{#limit_reached}}Sie haben {{#by_volume}}das Volumen{{/by_volume}}{{#by_transactions}}die Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} aufgebraucht: {{usage_percentage}} %.{{/limit_reached}}{{^limit_reached}}Sie haben {{usage_percentage}} % {{#by_volume}}des Volumens{{/by_volume}}{{#by_transactions}}der Transaktionen{{/by_transactions}} Ihres Pakets {{package}} für {{month}} verbraucht.{{/limit_reached}}{{#limit_reached}}{{#hard_stop}} <b>Weitere Zahlungen werden abgelehnt, bis der Monat endet oder Sie ein anderes Paket haben.</b>{{/hard_stop}}{{/limit_reached}}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Volumen</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#volume_limited}}{{current_volume}} von {{max_volume}} {{currency}}{{/volume_limited}}{{^volume_limited}}{{current_volume}} {{currency}} (keine Grenze){{/volume_limited}}</td></tr>
<tr><td class="line soft" style="padding:8px 12px 8px 0;border-top:1px solid #e4e7ec;color:#5d6673">Transaktionen</td><td class="line" style="padding:8px 0;border-top:1px solid #e4e7ec;text-align:right">{{#transactions_limited}}{{current_transactions}} von {{max_transactions}}{{/transactions_limited}}{{^transactions_limited}}{{current_transactions}} (keine Grenze){{/transactions_limited}}</td></tr>
</table>
<table role="presentation" class="box" width="100%" cellpadding="0" cellspacing="0" style="background:#eef3fb;border-radius:6px"><tr><td style="padding:16px 18px">
{{#recommended}}<p style="margin:0 0 4px;font-weight:bold">Das Paket {{recommended_package}} würde passen</p>
<p style="margin:0">Volumen: {{#recommended_volume_limited}}{{recommended_volume}} {{currency}}{{/recommended_volume_limited}}{{^recommended_volume_limited}}keine Grenze{{/recommended_volume_limited}}<br>Transaktionen: {{#recommended_transactions_limited}}{{recommended_transactions}}{{/recommended_transactions_limited}}{{^recommended_transactions_limited}}keine Grenze{{/recommended_transactions_limited}}</p>
<p style="margin:4px 0 0">Es kostet {{recommended_price}} {{currency}} im Monat, {{recommended_difference}} {{currency}} mehr als jetzt.</p>{{/recommended}}{{^recommended}}<p style="margin:0">Keines unserer Pakete reicht für diesen Verbrauch: Sprechen Sie uns bitte an, wir finden eine Lösung.</p>{{/recommended}}
</td></tr></table>
<p class="soft" style="margin:20px 0 0;font-size:12px;color:#5d6673">Sie erhalten diese Nachricht einmal im Monat für jede Schwelle. Sie zählt, was bis dahin eingegangen war.</p>
</td></tr></table>
</td></tr></table>
</body></html>
');

-- ---- sql/install/version.sql
-- Last of all: from here on the plugin finds the schema complete. (An assignment of ON DUPLICATE KEY
-- sees the ones left of it: upgraded_at comes first.)
INSERT INTO purser.schema_version (id, version, release_name, installed_at, upgraded_at)
VALUES (1, 2, '0.1.0', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE
  upgraded_at = IF(version <> VALUES(version), VALUES(upgraded_at), upgraded_at),
  version = VALUES(version),
  release_name = VALUES(release_name);
COMMIT AND NO CHAIN NO RELEASE;

-- ---- sql/install/end.sql
SET SESSION foreign_key_checks = @purser_old_keys;
SET SESSION max_statement_time = @purser_old_seconds, sql_big_selects = @purser_old_big_selects;
SET SESSION autocommit = @purser_old_autocommit;
SET SESSION tx_read_only = @purser_old_read_only;
SET SESSION sql_if_exists = @purser_old_if_exists;
SET SESSION sql_mode = @purser_old_sql_mode;
SET character_set_client = @purser_old_client,
    character_set_results = @purser_old_results,
    collation_connection = @purser_old_collation;
