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
