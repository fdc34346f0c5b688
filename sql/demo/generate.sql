-- Generated days for the demo shop (README.md). Load after schema.sql and data.sql; it may be run again.
--
--   CALL itsxtrapush_db.demo_day('2025-07-05', 2000, 1);   a day with every class of discrepancy
--   SELECT line FROM itsxtrapush_db.demo_json_lines ...    what the gateways know, for the simulator
--   SELECT line FROM itsxtrapush_db.demo_paychangu_export  the merchant's CSV export of a day
--   CALL itsxtrapush_db.demo_compare('2025-07-05', TRUE);  what was found against what must be found
--   CALL itsxtrapush_db.large_orders('2025-07-05', 1000000), large_staged(...)   for the bench
--
-- The shop's times are local: Africa/Blantyre, UTC+2 all year. Everything follows from the seed.
SET NAMES utf8mb4 COLLATE utf8mb4_unicode_ci;
SET @demo_old_sql_mode = @@SESSION.sql_mode;
SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.demo_days (
  demo_date      DATE         NOT NULL COMMENT 'Business day',
  seed           INT UNSIGNED NOT NULL COMMENT 'Seed it was made from',
  first_order_id INT UNSIGNED NOT NULL COMMENT 'First of its orders',
  last_order_id  INT UNSIGNED NOT NULL COMMENT 'Last of its orders',
  PRIMARY KEY (demo_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='The days that demo_day has made';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.demo_gateway_records (
  id            BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Order of the lines',
  demo_date     DATE          NOT NULL COMMENT 'Day it was made for',
  gateway       VARCHAR(32)   NOT NULL COMMENT 'square or paychangu',
  kind          VARCHAR(16)   NOT NULL COMMENT 'payment or refund',
  gateway_id    VARCHAR(64)   NOT NULL COMMENT 'The gateway''s identifier',
  payment_id    VARCHAR(64)   NULL COMMENT 'Of a refund: its payment',
  location      VARCHAR(8)    NULL COMMENT 'Of Square: L1 or L2',
  reference     VARCHAR(191)  NULL COMMENT 'The merchant''s reference',
  amount        DECIMAL(12,2) NOT NULL COMMENT 'Major units',
  currency      VARCHAR(3)    NOT NULL COMMENT 'As the gateway writes it: MK for MWK at times',
  status        VARCHAR(16)   NOT NULL COMMENT 'captured, authorized, pending, failed, cancelled, refunded; of a refund completed',
  created_at    DATETIME(6)   NOT NULL COMMENT 'UTC',
  completed_at  DATETIME(6)   NULL COMMENT 'UTC',
  fee           DECIMAL(12,2) NULL COMMENT 'The gateway''s fee',
  refunded      DECIMAL(12,2) NULL COMMENT 'Refunded to date, as Square''s payment says it',
  form          VARCHAR(8)    NULL COMMENT 'How the amount is written: int, real or string',
  endpoint      VARCHAR(16)   NULL COMMENT 'Of PayChangu: checkout, mobile_money, bank or card',
  export_only   BOOLEAN       NOT NULL DEFAULT FALSE COMMENT 'Only the merchant''s export shows it: verifying a reference gives one payment',
  PRIMARY KEY (id),
  UNIQUE KEY gateway_id (gateway, kind, gateway_id),
  KEY demo_date (demo_date, gateway),
  KEY reference (reference)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='What the gateways know';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.demo_expected (
  demo_date       DATE         NOT NULL COMMENT 'Business day',
  gateway         VARCHAR(32)  NOT NULL COMMENT 'square or paychangu',
  transaction_ref VARCHAR(191) NOT NULL COMMENT 'Reference; empty where the gateway has none',
  type            VARCHAR(32)  NOT NULL COMMENT 'Class of the discrepancy',
  source          ENUM('api','file') NOT NULL COMMENT 'file: found only after the merchant''s export was imported',
  case_name       VARCHAR(32)  NOT NULL COMMENT 'demo_cases.name',
  PRIMARY KEY (demo_date, gateway, transaction_ref, type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin COMMENT='What a reconciliation must find, and nothing else';

DROP TABLE IF EXISTS itsxtrapush_db.demo_cases;
CREATE TABLE itsxtrapush_db.demo_cases (
  name          VARCHAR(32)  NOT NULL COMMENT 'The case',
  gateways      VARCHAR(32)  NOT NULL COMMENT 'Where it occurs: square, paychangu or both',
  orders        TINYINT      NOT NULL DEFAULT 1 COMMENT 'Orders with the reference',
  order_status  VARCHAR(32)  NOT NULL DEFAULT 'paid' COMMENT 'payment_status of the order',
  records       TINYINT      NOT NULL DEFAULT 1 COMMENT 'Payments at the gateway that have record_status',
  record_status VARCHAR(16)  NOT NULL DEFAULT 'captured' COMMENT 'Their status',
  attempts      TINYINT      NOT NULL DEFAULT 0 COMMENT 'Failed attempts before',
  reference     BOOLEAN      NOT NULL DEFAULT TRUE COMMENT 'Whether there is a reference',
  amount        ENUM('same','less','more','cent') NOT NULL DEFAULT 'same' COMMENT 'The gateway''s amount; cent: 0.01 beside',
  currency      ENUM('same','other') NOT NULL DEFAULT 'same' COMMENT 'The gateway''s currency',
  fee           ENUM('rule','high') NOT NULL DEFAULT 'rule' COMMENT 'The gateway''s fee',
  refund        DECIMAL(3,2) NOT NULL DEFAULT 0 COMMENT 'Part that the gateway has refunded',
  clock         ENUM('same','after','before','previous') NOT NULL DEFAULT 'same' COMMENT 'Midnight between order and payment: payment after it, before it, or order on the day before',
  type          VARCHAR(32)  NULL COMMENT 'What must be found; NULL: nothing',
  source        ENUM('api','file') NOT NULL DEFAULT 'api' COMMENT 'At PayChangu: whether only the export shows it',
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='The cases of a demo day that are not plain paid orders';

-- What must be found.
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, type, amount, currency, fee) VALUES
  ('amount less',            'both', 'AMOUNT_MISMATCH',   'less', 'same',  'rule'),
  ('amount more',            'both', 'AMOUNT_MISMATCH',   'more', 'same',  'rule'),
  ('other currency',         'both', 'CURRENCY_MISMATCH', 'same', 'other', 'rule'),
  ('fee too high',           'both', 'FEE_VARIANCE',      'same', 'same',  'high');
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, type, order_status, record_status) VALUES
  ('paid, but failed',       'both', 'STATUS_MISMATCH',   'paid',      'failed'),
  ('paid, but pending',      'both', 'STATUS_MISMATCH',   'paid',      'pending'),
  ('paid, but cancelled',    'both', 'STATUS_MISMATCH',   'paid',      'cancelled'),
  ('captured, but pending',  'both', 'PAID_NOT_RECORDED', 'pending',   'captured'),
  ('captured, but failed',   'both', 'PAID_NOT_RECORDED', 'failed',    'captured'),
  ('captured, but cancelled','both', 'PAID_NOT_RECORDED', 'cancelled', 'captured');
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, type, orders, records, reference, source) VALUES
  ('unknown to the gateway', 'both',   'MISSING_IN_GATEWAY',   1, 0, TRUE,  'api'),
  ('no order',               'both',   'MISSING_INTERNAL',     0, 1, TRUE,  'file'),
  ('no order, no reference', 'square', 'MISSING_INTERNAL',     0, 1, FALSE, 'file'),
  ('captured twice',         'both',   'DUPLICATE_IN_GATEWAY', 1, 2, TRUE,  'file'),
  ('ordered twice',          'both',   'DUPLICATE_INTERNAL',   2, 1, TRUE,  'api');
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, type, order_status, record_status, refund) VALUES
  ('refund unknown to shop', 'square',    'REFUND_MISMATCH', 'paid',     'captured', 1),
  ('refund for a part',      'square',    'REFUND_MISMATCH', 'refunded', 'captured', 0.5),
  ('refund not recorded',    'paychangu', 'REFUND_MISMATCH', 'paid',     'refunded', 0),
  ('refund that never came', 'both',      'REFUND_MISMATCH', 'refunded', 'captured', 0);
-- What must not be found.
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, order_status, record_status, refund) VALUES
  ('refunded, S',            'square',    'refunded',  'captured', 1),
  ('refunded, P',            'paychangu', 'refunded',  'refunded', 0),
  ('pending on both sides',  'both',      'pending',   'pending', 0),
  ('failed on both sides',   'both',      'failed',    'failed', 0),
  ('cancelled on both',      'both',      'cancelled', 'cancelled', 0),
  ('authorized only',        'square',    'pending',   'authorized', 0);
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, order_status, records, reference) VALUES
  ('abandoned',              'both', 'pending',   0, TRUE),
  ('cancelled at once',      'both', 'cancelled', 0, TRUE),
  ('never begun',            'both', 'pending',   0, FALSE);
INSERT INTO itsxtrapush_db.demo_cases (name, gateways, attempts, amount, clock) VALUES
  ('third attempt',          'both', 2, 'same', 'same'),
  ('a cent beside',          'both', 0, 'cent', 'same'),
  ('paid after midnight',    'both', 0, 'same', 'after'),
  ('clocks apart',           'both', 0, 'same', 'before'),
  ('ordered the day before', 'both', 0, 'same', 'previous');

-- Each record as a line of JSON for the simulator. Raw output is needed: mariadb -BNr.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW itsxtrapush_db.demo_json_lines AS
SELECT demo_date, gateway, id AS line_no,
       -- a merge patch leaves the NULLs out
       JSON_COMPACT(JSON_MERGE_PATCH('{}', IF(kind = 'refund',
         JSON_OBJECT('gateway', gateway, 'kind', kind, 'id', gateway_id, 'payment_id', payment_id,
                     'location', location, 'amount', CAST(amount AS CHAR), 'currency', IF(currency = 'MK', 'MWK', currency), 'status', status,
                     'created_at', DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ')),
         JSON_OBJECT('gateway', gateway, 'kind', kind, 'id', gateway_id, 'location', location,
                     'reference', reference, 'amount', CAST(amount AS CHAR), 'currency', IF(currency = 'MK', 'MWK', currency), 'status', status,
                     'created_at', DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
                     'completed_at', DATE_FORMAT(completed_at, '%Y-%m-%dT%H:%i:%s.%fZ'),
                     'fee', CAST(fee AS CHAR), 'refunded', CAST(refunded AS CHAR),
                     'form', IF(form = 'int' AND amount <> FLOOR(amount), 'real', form), 'endpoint', endpoint, 'mode', 'live')))) AS line
  FROM itsxtrapush_db.demo_gateway_records
 WHERE NOT export_only;

-- The day's export from PayChangu's dashboard as lines of CSV: ORDER BY line_no, the header is line 0.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW itsxtrapush_db.demo_paychangu_export AS
SELECT demo_date, 0 AS line_no, 'transaction_ref,reference,amount,currency,status,created_at,fee' AS line
  FROM itsxtrapush_db.demo_days
UNION ALL
SELECT demo_date, id,
       CONCAT_WS(',', CONCAT('"', REPLACE(COALESCE(reference, ''), '"', '""'), '"'), gateway_id, amount, currency,
                 CASE status WHEN 'captured' THEN 'Successful' ELSE CONCAT(UPPER(LEFT(status, 1)), SUBSTRING(status, 2)) END,
                 DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.%fZ'), COALESCE(fee, ''))
  FROM itsxtrapush_db.demo_gateway_records
 WHERE gateway = 'paychangu' AND kind = 'payment'
   AND created_at >= demo_date - INTERVAL 2 HOUR AND created_at < demo_date + INTERVAL 22 HOUR;

DELIMITER //

CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_check_arguments(p_date DATE, p_count INT, p_least INT, p_most INT)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Raises an error where the arguments of a generator are unusable'
BEGIN
  DECLARE v_why TEXT;
  IF p_date IS NULL OR TO_DAYS(p_date) IS NULL THEN
    SET v_why = 'p_date must be a date';
  ELSEIF p_count IS NULL OR p_count NOT BETWEEN p_least AND p_most THEN
    SET v_why = CONCAT('the number of orders must lie between ', p_least, ' and ', p_most);
  ELSEIF NOT EXISTS (SELECT 1 FROM information_schema.ENGINES
                      WHERE ENGINE = 'SEQUENCE' AND SUPPORT IN ('YES', 'DEFAULT')) THEN
    SET v_why = 'the storage engine SEQUENCE is needed and not available on this server';
  END IF;
  IF v_why IS NOT NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = v_why;
  END IF;
END//

-- The plan: one row a payment story, with all that is random about it.
CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_plan_day(p_date DATE, p_orders INT, p_seed INT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the temporary table demo_plan. Used by demo_day'
BEGIN
  DECLARE v_users, v_gadgets INT UNSIGNED;
  SELECT COUNT(*) INTO v_users FROM itsxtrapush_db.users;
  SELECT COUNT(*) INTO v_gadgets FROM itsxtrapush_db.gadgets WHERE is_active;
  IF v_users = 0 OR v_gadgets < 2 THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the shop has no users or gadgets: load sql/demo/data.sql first';
  END IF;

  DROP TEMPORARY TABLE IF EXISTS itsxtrapush_db.demo_plan, itsxtrapush_db.demo_shelf, itsxtrapush_db.demo_people,
    itsxtrapush_db.demo_order_ids;
  CREATE TEMPORARY TABLE itsxtrapush_db.demo_shelf (PRIMARY KEY (pos)) AS
    SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS pos, id, price, price_gbp, JSON_VALUE(specifications, '$.storage') AS storage
      FROM itsxtrapush_db.gadgets WHERE is_active;
  CREATE TEMPORARY TABLE itsxtrapush_db.demo_people (PRIMARY KEY (pos)) AS
    SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS pos, id FROM itsxtrapush_db.users;

  -- 40 in a hundred by Square, 58 by PayChangu, 2 in cash; eight numbers of 32 bits from one digest each
  CREATE TEMPORARY TABLE itsxtrapush_db.demo_plan (PRIMARY KEY (i)) AS
  SELECT d.i, d.digest, d.gateway,
         CAST(CONV(SUBSTRING(d.digest,  1, 8), 16, 10) AS UNSIGNED) AS h0,
         CAST(CONV(SUBSTRING(d.digest,  9, 8), 16, 10) AS UNSIGNED) AS h1,
         CAST(CONV(SUBSTRING(d.digest, 17, 8), 16, 10) AS UNSIGNED) AS h2,
         CAST(CONV(SUBSTRING(d.digest, 25, 8), 16, 10) AS UNSIGNED) AS h3,
         CAST(CONV(SUBSTRING(d.digest, 33, 8), 16, 10) AS UNSIGNED) AS h4,
         CAST(CONV(SUBSTRING(d.digest, 41, 8), 16, 10) AS UNSIGNED) AS h5,
         CAST(CONV(SUBSTRING(d.digest, 49, 8), 16, 10) AS UNSIGNED) AS h6,
         CAST(CONV(SUBSTRING(d.digest, 57, 8), 16, 10) AS UNSIGNED) AS h7,
         ROW_NUMBER() OVER (PARTITION BY d.gateway ORDER BY d.digest) AS position,
         COUNT(*) OVER (PARTITION BY d.gateway) AS of_gateway,
         CAST(NULL AS CHAR(32) CHARACTER SET utf8mb4) COLLATE utf8mb4_unicode_ci AS case_name,
         CAST(NULL AS CHAR(32) CHARACTER SET utf8mb4) COLLATE utf8mb4_unicode_ci AS ref_kind,
         CAST(NULL AS CHAR(191) CHARACTER SET utf8mb4) COLLATE utf8mb4_unicode_ci AS reference,
         CAST(NULL AS DATETIME) AS ordered_at, CAST(NULL AS DATETIME(6)) AS paid_at,
         CAST(0 AS DECIMAL(12,2)) AS delivery, CAST(0 AS DECIMAL(12,2)) AS delivery_gbp,
         CAST(0 AS DECIMAL(12,2)) AS total, CAST(0 AS DECIMAL(12,2)) AS total_gbp,
         CAST(0 AS UNSIGNED) AS pos1, CAST(0 AS UNSIGNED) AS quantity1, CAST(NULL AS UNSIGNED) AS pos2,
         CAST(NULL AS UNSIGNED) AS user_id
    FROM (SELECT seq AS i, SHA2(CONCAT(p_seed, '/', p_date, '/', seq), 256) AS digest,
                 CASE WHEN seq MOD 50 = 0 THEN 'cash' WHEN seq MOD 50 <= 20 THEN 'square' ELSE 'paychangu' END AS gateway
            FROM seq_1_to_1000000 WHERE seq <= p_orders) AS d;

  -- 6 in a hundred are special, and each case occurs twice at least
  UPDATE itsxtrapush_db.demo_plan AS p
    JOIN (SELECT g.gateway, c.name, COUNT(*) OVER (PARTITION BY g.gateway) AS cases,
                 ROW_NUMBER() OVER (PARTITION BY g.gateway ORDER BY c.name) AS no
            FROM itsxtrapush_db.demo_cases AS c
            JOIN (SELECT 'square' AS gateway UNION ALL SELECT 'paychangu') AS g ON c.gateways IN (g.gateway, 'both')) AS k
      ON k.gateway = p.gateway AND k.no = 1 + (p.position - 1) MOD k.cases
     SET p.case_name = k.name
   WHERE p.position <= GREATEST(2 * k.cases, p.of_gateway * 6 DIV 100);

  UPDATE itsxtrapush_db.demo_plan AS p
    LEFT JOIN itsxtrapush_db.demo_cases AS c ON c.name = p.case_name
     SET p.pos1 = p.h1 MOD v_gadgets,
         p.quantity1 = IF(p.h4 MOD 10 = 0, 2, 1),
         p.pos2 = IF(p.h5 MOD 4 = 0, (p.h1 MOD v_gadgets + 1 + p.h6 MOD (v_gadgets - 1)) MOD v_gadgets, NULL),
         p.user_id = IF(p.h2 MOD 20 = 0, NULL,
                        (SELECT u.id FROM itsxtrapush_db.demo_people AS u WHERE u.pos = p.h2 MOD v_users)),
         p.delivery = ELT(1 + p.h7 MOD 4, 0, 2500, 4500.50, 7500),
         p.delivery_gbp = ELT(1 + p.h7 MOD 4, 0, 3.99, 4.99, 6.50),
         p.ref_kind = CASE WHEN p.gateway <> 'paychangu' OR p.h3 MOD 100 < 45 THEN 'checkout'
                           WHEN p.h3 MOD 100 < 80 THEN 'mobile_money'
                           WHEN p.h3 MOD 100 < 90 THEN 'bank' ELSE 'card' END,
         -- a reference is the merchant's free choice: some need escaping in an URL
         p.reference = CASE
           WHEN p.gateway = 'cash' OR c.reference = 0 THEN NULL
           WHEN p.gateway = 'paychangu' AND p.case_name IS NULL AND p.h0 MOD 100 = 0
             THEN CONCAT('Order #', DATE_FORMAT(p_date, '%y%m%d'), '-', LPAD(p.i, 5, '0'), ' (50%+) é')
           ELSE CONCAT(IF(p.gateway = 'square', 'IXP-', 'TX-'), DATE_FORMAT(p_date, '%y%m%d'), '-',
                       LPAD(p.i, 5, '0'), '-', UPPER(LEFT(p.digest, 4))) END,
         p.ordered_at = CASE COALESCE(c.clock, 'same')
           WHEN 'same'   THEN p_date + INTERVAL (600 + p.h4 MOD 42600 + p.h5 MOD 42600) SECOND
           WHEN 'before' THEN p_date + INTERVAL (2 + p.h4 MOD 10) SECOND
           WHEN 'after'  THEN p_date + INTERVAL (86380 + p.h4 MOD 18) SECOND
           ELSE               p_date - INTERVAL (20 - p.h4 MOD 18) SECOND END;

  -- the payment as the gateway's clock has it (UTC); Square writes milliseconds, PayChangu microseconds
  UPDATE itsxtrapush_db.demo_plan AS p
    LEFT JOIN itsxtrapush_db.demo_cases AS c ON c.name = p.case_name
    JOIN itsxtrapush_db.demo_shelf AS s ON s.pos = p.pos1
     SET p.paid_at = p.ordered_at - INTERVAL 2 HOUR
           + INTERVAL IF(c.clock = 'before', -20, IF(c.clock <> 'same', 30, 2 + p.h6 MOD 90)) SECOND
           + INTERVAL IF(p.gateway = 'square', p.h7 MOD 1000 * 1000, p.h7 MOD 1000000) MICROSECOND,
         p.total = p.quantity1 * s.price + p.delivery,
         p.total_gbp = p.quantity1 * s.price_gbp + p.delivery_gbp;
  UPDATE itsxtrapush_db.demo_plan AS p
    JOIN itsxtrapush_db.demo_shelf AS s ON s.pos = p.pos2
     SET p.total = p.total + s.price, p.total_gbp = p.total_gbp + s.price_gbp;
END//

CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_orders(p_date DATE, p_seed INT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Writes the orders of demo_plan with their lines. Used by demo_day'
BEGIN
  DECLARE v_base INT UNSIGNED;
  SELECT GREATEST(1000, COALESCE(MAX(id), 0)) INTO v_base FROM itsxtrapush_db.orders;

  CREATE TEMPORARY TABLE itsxtrapush_db.demo_order_ids (PRIMARY KEY (id)) AS
  SELECT v_base + ROW_NUMBER() OVER (ORDER BY p.ordered_at + INTERVAL 180 * (n.seq - 1) SECOND, p.i, n.seq) AS id,
         p.i, p.ordered_at + INTERVAL 180 * (n.seq - 1) SECOND AS created_at,
         COALESCE(c.order_status, 'paid') AS payment_status
    FROM itsxtrapush_db.demo_plan AS p
    LEFT JOIN itsxtrapush_db.demo_cases AS c ON c.name = p.case_name
    JOIN seq_1_to_2 AS n ON n.seq <= COALESCE(c.orders, 1);

  INSERT INTO itsxtrapush_db.orders
    (id, user_id, provider, external_tx_ref, ref_kind, total_amount, total_amount_gbp, delivery_fee, delivery_fee_gbp,
     currency, status, payment_status, created_at, updated_at)
  SELECT o.id, p.user_id, p.gateway, p.reference, p.ref_kind, p.total, p.total_gbp, p.delivery, p.delivery_gbp,
         IF(p.gateway = 'square', 'GBP', 'MWK'),
         CASE o.payment_status WHEN 'paid' THEN IF(p.h2 MOD 3 = 0, 'delivered', 'processing')
                               WHEN 'pending' THEN 'pending' ELSE 'cancelled' END,
         o.payment_status, o.created_at, o.created_at + INTERVAL 2 MINUTE
    FROM itsxtrapush_db.demo_order_ids AS o
    JOIN itsxtrapush_db.demo_plan AS p ON p.i = o.i
   ORDER BY o.id;

  INSERT INTO itsxtrapush_db.order_items
    (order_id, gadget_id, variant_id, item_type, storage, quantity, unit_price, unit_price_gbp, total_price, total_price_gbp)
  SELECT o.id, s.id, IF(n.seq = 1 AND p.h3 MOD 3 = 0, s.id * 10 + p.h3 MOD 4, NULL), 'admin_gadget', s.storage,
         IF(n.seq = 1, p.quantity1, 1), s.price, s.price_gbp,
         IF(n.seq = 1, p.quantity1, 1) * s.price, IF(n.seq = 1, p.quantity1, 1) * s.price_gbp
    FROM itsxtrapush_db.demo_order_ids AS o
    JOIN itsxtrapush_db.demo_plan AS p ON p.i = o.i
    JOIN seq_1_to_2 AS n
    JOIN itsxtrapush_db.demo_shelf AS s ON s.pos = IF(n.seq = 1, p.pos1, p.pos2)
   ORDER BY o.id, n.seq;

  INSERT INTO itsxtrapush_db.installment_plans
    (order_id, user_id, months, monthly_amount, currency, paid_months, status, next_due_date, created_at)
  SELECT o.id, p.user_id, 12, ROUND(IF(p.gateway = 'square', p.total_gbp, p.total) * 1.1 / 12, 2),
         IF(p.gateway = 'square', 'GBP', 'MWK'), 1, 'active', DATE(o.created_at) + INTERVAL 1 MONTH, o.created_at
    FROM itsxtrapush_db.demo_order_ids AS o
    JOIN itsxtrapush_db.demo_plan AS p ON p.i = o.i
   WHERE o.payment_status = 'paid' AND p.user_id IS NOT NULL AND p.total > 300000 AND p.h5 MOD 25 = 0
   ORDER BY o.id;

  INSERT INTO itsxtrapush_db.demo_days (demo_date, seed, first_order_id, last_order_id)
  SELECT p_date, p_seed, MIN(id), MAX(id) FROM itsxtrapush_db.demo_order_ids;
END//

-- The fees: Square 2.5 % and 0.20, PayChangu 3 %, of what was captured.
CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_records(p_date DATE, p_seed INT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Writes what the gateways know of demo_plan, and what must be found. Used by demo_day'
BEGIN
  -- n counts a story's payments: first the failed attempts, then those that count
  INSERT INTO itsxtrapush_db.demo_gateway_records
    (demo_date, gateway, kind, gateway_id, location, reference, amount, currency, status, created_at,
     completed_at, fee, refunded, form, endpoint, export_only)
  SELECT p_date, r.gateway, 'payment',
         IF(r.gateway = 'square', UPPER(LEFT(SHA2(CONCAT(r.digest, '/', r.n), 256), 26)),
            CONCAT(LPAD(TO_DAYS(p_date) MOD 10000, 4, '0'), LPAD(p_seed MOD 100, 2, '0'), LPAD(r.i, 6, '0'), r.n)),
         IF(r.gateway = 'square', ELT(1 + r.h0 MOD 2, 'L1', 'L2'), NULL),
         r.reference, r.amount, r.currency, r.status, r.created_at,
         IF(r.status IN ('captured', 'refunded'), r.created_at + INTERVAL 3 SECOND, NULL),
         IF(r.status IN ('captured', 'refunded'),
            IF(r.gateway = 'square', ROUND(r.amount * 0.025 + 0.20, 2) + IF(r.fee = 'high', 1.50, 0),
               ROUND(r.amount * 0.03, 2) + IF(r.fee = 'high', 500, 0)), NULL),
         IF(r.refund > 0, ROUND(r.amount * r.refund, 2), NULL),
         CASE WHEN r.gateway = 'square' THEN 'int' WHEN r.h6 MOD 3 = 0 THEN 'string'
              WHEN r.amount = FLOOR(r.amount) THEN 'int' ELSE 'real' END,
         IF(r.gateway = 'square', NULL, r.ref_kind),
         r.gateway = 'paychangu' AND r.n <> r.shown
    FROM (SELECT p.*, n.seq AS n, COALESCE(c.attempts, 0) + 1 AS shown,
                 IF(n.seq <= COALESCE(c.attempts, 0), 'failed', COALESCE(c.record_status, 'captured')) AS status,
                 p.paid_at + INTERVAL 40 * (n.seq - 1) SECOND AS created_at,
                 CASE c.amount WHEN 'less' THEN ROUND(t.amount * 0.9, 2)
                               WHEN 'more' THEN t.amount + IF(p.gateway = 'square', 5, 5000)
                               WHEN 'cent' THEN t.amount + IF(p.h0 MOD 2 = 0, 0.01, -0.01)
                               ELSE t.amount END AS amount,
                 CASE WHEN c.currency = 'other' THEN 'USD'
                      WHEN p.gateway = 'square' THEN 'GBP'
                      WHEN p.ref_kind = 'mobile_money' AND p.h1 MOD 3 = 0 THEN 'MK'
                      ELSE 'MWK' END AS currency,
                 COALESCE(c.fee, 'rule') AS fee, COALESCE(c.refund, 0) AS refund
            FROM itsxtrapush_db.demo_plan AS p
            LEFT JOIN itsxtrapush_db.demo_cases AS c ON c.name = p.case_name
            JOIN (SELECT i, IF(gateway = 'square', total_gbp, total) AS amount FROM itsxtrapush_db.demo_plan) AS t ON t.i = p.i
            JOIN seq_1_to_4 AS n ON n.seq <= COALESCE(c.attempts + c.records, 1)
           WHERE p.gateway <> 'cash') AS r
   ORDER BY r.gateway, r.created_at, r.i, r.n;

  INSERT INTO itsxtrapush_db.demo_gateway_records
    (demo_date, gateway, kind, gateway_id, payment_id, location, amount, currency, status, created_at)
  SELECT p_date, gateway, 'refund', CONCAT(gateway_id, '_', LEFT(SHA2(gateway_id, 256), 20)), gateway_id, location,
         refunded, currency, 'completed', created_at + INTERVAL 5 MINUTE
    FROM itsxtrapush_db.demo_gateway_records
   WHERE demo_date = p_date AND refunded IS NOT NULL
   ORDER BY created_at, id;

  INSERT IGNORE INTO itsxtrapush_db.demo_expected (demo_date, gateway, transaction_ref, type, source, case_name)
  SELECT p_date, p.gateway, COALESCE(p.reference, ''), c.type, IF(p.gateway = 'square', 'api', c.source), c.name
    FROM itsxtrapush_db.demo_plan AS p
    JOIN itsxtrapush_db.demo_cases AS c ON c.name = p.case_name
   WHERE c.type IS NOT NULL;
END//

CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_day(p_date DATE, p_orders INT, p_seed INT UNSIGNED)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes a day of about p_orders orders over both gateways, with what the gateways know and what must be found. Made before, it is made anew'
BEGIN
  DECLARE v_first, v_last INT UNSIGNED;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION
  BEGIN
    ROLLBACK;
    RESIGNAL;
  END;

  CALL itsxtrapush_db.demo_check_arguments(p_date, p_orders, 300, 100000);
  IF p_seed IS NULL THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'p_seed must be a number';
  END IF;
  CALL itsxtrapush_db.demo_plan_day(p_date, p_orders, p_seed);

  START TRANSACTION;
  SELECT MIN(first_order_id), MIN(last_order_id) INTO v_first, v_last FROM itsxtrapush_db.demo_days WHERE demo_date = p_date;
  DELETE FROM itsxtrapush_db.installment_plans WHERE order_id BETWEEN v_first AND v_last;
  DELETE FROM itsxtrapush_db.order_items WHERE order_id BETWEEN v_first AND v_last;
  DELETE FROM itsxtrapush_db.orders WHERE id BETWEEN v_first AND v_last;
  DELETE FROM itsxtrapush_db.demo_days WHERE demo_date = p_date;
  DELETE FROM itsxtrapush_db.demo_gateway_records WHERE demo_date = p_date;
  DELETE FROM itsxtrapush_db.demo_expected WHERE demo_date = p_date;
  CALL itsxtrapush_db.demo_orders(p_date, p_seed);
  CALL itsxtrapush_db.demo_records(p_date, p_seed);
  COMMIT;
  -- Not within the transaction: a binary log of statements would have a DROP there before the CREATE, and the replica keep the table.
  DROP TEMPORARY TABLE itsxtrapush_db.demo_plan, itsxtrapush_db.demo_shelf, itsxtrapush_db.demo_people,
    itsxtrapush_db.demo_order_ids;
END//

CREATE OR REPLACE PROCEDURE itsxtrapush_db.demo_compare(p_date DATE, p_imported BOOLEAN)
  READS SQL DATA SQL SECURITY INVOKER
  COMMENT 'Shows what Purser should have found on a day and did not, and the other way round; p_imported: PayChangu''s export was imported. No row: all is as it must be'
BEGIN
  SELECT e.gateway, e.type, e.transaction_ref, 'not found' AS problem, e.case_name AS detail
    FROM itsxtrapush_db.demo_expected AS e
   WHERE e.demo_date = p_date AND (e.source = 'api' OR p_imported)
     AND NOT EXISTS (SELECT 1 FROM purser.discrepancies AS d
                      WHERE d.business_date = p_date AND d.holds AND d.gateway = e.gateway
                        AND d.transaction_ref = e.transaction_ref AND d.type = e.type)
  UNION ALL
  SELECT d.gateway, CAST(d.type AS CHAR), d.transaction_ref, 'not expected', d.detail
    FROM purser.discrepancies AS d
   WHERE d.business_date = p_date AND d.holds AND d.gateway IN ('square', 'paychangu')
     AND NOT EXISTS (SELECT 1 FROM itsxtrapush_db.demo_expected AS e
                      WHERE e.demo_date = p_date AND (e.source = 'api' OR p_imported)
                        AND e.gateway = d.gateway AND e.transaction_ref = d.transaction_ref AND e.type = d.type)
   ORDER BY 1, 2, 3;
END//


-- Large data: matching orders and staged records of one day, all paid by Square, in key order.
CREATE OR REPLACE PROCEDURE itsxtrapush_db.large_orders(p_date DATE, p_count INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes p_count paid orders of a day for the bench; those of an earlier call for the day go'
BEGIN
  DECLARE v_prefix VARCHAR(32) DEFAULT CONCAT('BENCH-', DATE_FORMAT(p_date, '%Y%m%d'), '-');
  DECLARE v_from INT DEFAULT 1;
  CALL itsxtrapush_db.demo_check_arguments(p_date, p_count, 1, 10000000);
  DELETE FROM itsxtrapush_db.orders WHERE external_tx_ref LIKE CONCAT(v_prefix, '%');
  WHILE v_from <= p_count DO
    INSERT INTO itsxtrapush_db.orders
      (user_id, provider, external_tx_ref, ref_kind, total_amount, total_amount_gbp, currency, status, payment_status, created_at, updated_at)
    SELECT 1, 'square', CONCAT(v_prefix, LPAD(seq, 8, '0')), 'checkout', (10 + seq MOD 100000 * 0.01) * 2250,
           10 + seq MOD 100000 * 0.01, 'GBP', 'processing', 'paid',
           p_date + INTERVAL (seq - 1) * 86400 DIV p_count SECOND, p_date + INTERVAL (seq - 1) * 86400 DIV p_count SECOND
      FROM seq_1_to_10000000
     WHERE seq BETWEEN v_from AND LEAST(v_from + 99999, p_count);
    SET v_from = v_from + 100000;
  END WHILE;
END//

CREATE OR REPLACE PROCEDURE itsxtrapush_db.large_staged(p_date DATE, p_count INT)
  MODIFIES SQL DATA SQL SECURITY INVOKER
  COMMENT 'Makes the captured payments in purser.gateway_transactions that match large_orders with the same arguments'
BEGIN
  DECLARE v_prefix VARCHAR(32) DEFAULT CONCAT('BENCH-', DATE_FORMAT(p_date, '%Y%m%d'), '-');
  DECLARE v_from INT DEFAULT 1;
  CALL itsxtrapush_db.demo_check_arguments(p_date, p_count, 1, 10000000);
  DELETE FROM purser.gateway_transactions
   WHERE gateway = 'square' AND business_date = p_date AND transaction_ref LIKE CONCAT(v_prefix, '%');
  WHILE v_from <= p_count DO
    INSERT INTO purser.gateway_transactions
      (gateway, business_date, transaction_ref, kind, gateway_transaction_id, status, raw_status, amount, currency,
       fee, created_at, completed_at, source, read_at)
    SELECT 'square', p_date, CONCAT(v_prefix, LPAD(seq, 8, '0')), 'payment', CONCAT('BP', v_prefix, LPAD(seq, 8, '0')),
           'captured', 'COMPLETED', 10 + seq MOD 100000 * 0.01, 'GBP',
           ROUND((10 + seq MOD 100000 * 0.01) * 0.025 + 0.20, 2),
           p_date - INTERVAL 2 HOUR + INTERVAL (seq - 1) * 86400 DIV p_count SECOND + INTERVAL 500000 MICROSECOND,
           p_date - INTERVAL 2 HOUR + INTERVAL (seq - 1) * 86400 DIV p_count SECOND + INTERVAL 500000 MICROSECOND,
           'api', UTC_TIMESTAMP(6)
      FROM seq_1_to_10000000
     WHERE seq BETWEEN v_from AND LEAST(v_from + 99999, p_count);
    SET v_from = v_from + 100000;
  END WHILE;
END//

DELIMITER ;
SET SESSION sql_mode = @demo_old_sql_mode;
