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
