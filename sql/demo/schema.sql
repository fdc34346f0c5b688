-- The demo shop: the tables of a phone and gadget shop in Malawi that sells for kwacha through
-- PayChangu and for pounds through Square, as such a shop has them: ordinary indexes, no rules.
-- Times are local (Africa/Blantyre). Load with: mariadb < schema.sql; it may be run again.
CREATE DATABASE IF NOT EXISTS itsxtrapush_db CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
  COMMENT 'Demo shop of Purser';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.users (
  id                        INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the user',
  uid                       VARCHAR(128) NULL COMMENT 'Identifier at the login provider',
  email                     VARCHAR(255) NOT NULL COMMENT 'E-mail address',
  full_name                 VARCHAR(255) NULL COMMENT 'Name',
  phone                     VARCHAR(32)  NULL COMMENT 'Telephone number',
  password_hash             VARCHAR(255) NULL COMMENT 'bcrypt; NULL where the provider logs in',
  user_role                 VARCHAR(32)  NOT NULL DEFAULT 'buyer' COMMENT 'buyer, seller or admin',
  city                      VARCHAR(128) NULL COMMENT 'Town',
  country                   CHAR(2)      NULL COMMENT 'ISO 3166-1',
  subscription_status       VARCHAR(32)  NULL COMMENT 'active, past_due, cancelled, expired; NULL without one',
  subscription_active       TINYINT(1)   NOT NULL DEFAULT 0 COMMENT 'Whether the subscription counts',
  subscription_renewal_date DATETIME     NULL COMMENT 'Next renewal, local time',
  created_at                DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'Local time',
  updated_at                DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'Local time',
  PRIMARY KEY (id),
  KEY idx_users_email (email),
  KEY idx_users_uid (uid),
  KEY idx_users_subscription (subscription_status, subscription_renewal_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='Buyers, sellers and staff';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.gadgets (
  id                INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the gadget',
  name              VARCHAR(255) NOT NULL COMMENT 'Name',
  brand             VARCHAR(64)  NULL COMMENT 'Maker',
  category          VARCHAR(64)  NOT NULL COMMENT 'phone, laptop, tablet, audio, wearable, gaming or accessory',
  condition_status  VARCHAR(32)  NOT NULL DEFAULT 'new' COMMENT 'new, like_new or refurbished',
  specifications    LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL COMMENT 'JSON' CHECK (JSON_VALID(specifications)),
  price             DECIMAL(12,2) NOT NULL COMMENT 'MWK',
  price_gbp         DECIMAL(10,2) NOT NULL COMMENT 'GBP',
  monthly_price     DECIMAL(12,2) NULL COMMENT 'MWK a month by instalments',
  monthly_price_gbp DECIMAL(10,2) NULL COMMENT 'GBP a month by instalments',
  stock_quantity    INT          NOT NULL DEFAULT 0 COMMENT 'Pieces in stock',
  in_stock          TINYINT(1)   NOT NULL DEFAULT 1 COMMENT 'Whether it is offered as in stock',
  is_active         TINYINT(1)   NOT NULL DEFAULT 1 COMMENT 'Whether it is shown',
  created_at        DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'Local time',
  updated_at        DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'Local time',
  PRIMARY KEY (id),
  KEY idx_gadgets_category (category, is_active),
  KEY idx_gadgets_brand (brand)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='The catalogue';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.orders (
  id               INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the order',
  user_id          INT UNSIGNED NULL COMMENT 'users.id; NULL for a guest',
  provider         VARCHAR(32)  NOT NULL COMMENT 'Who takes the money: paychangu, square or cash',
  external_tx_ref  VARCHAR(191) NULL COMMENT 'Our reference at the provider; NULL until the payment was begun',
  ref_kind         VARCHAR(32)  NOT NULL DEFAULT 'checkout' COMMENT 'How it was paid: checkout, mobile_money, bank or card',
  total_amount     DECIMAL(12,2) NOT NULL COMMENT 'MWK',
  total_amount_gbp DECIMAL(10,2) NOT NULL DEFAULT 0 COMMENT 'GBP',
  delivery_fee     DECIMAL(12,2) NOT NULL DEFAULT 0 COMMENT 'Part of total_amount, MWK',
  delivery_fee_gbp DECIMAL(10,2) NOT NULL DEFAULT 0 COMMENT 'Part of total_amount_gbp',
  currency         VARCHAR(3)   NOT NULL DEFAULT 'MWK' COMMENT 'Currency that the buyer pays in',
  status           VARCHAR(32)  NOT NULL DEFAULT 'pending' COMMENT 'pending, processing, delivered or cancelled',
  payment_status   VARCHAR(32)  NOT NULL DEFAULT 'pending' COMMENT 'pending, paid, failed, cancelled or refunded',
  notes            TEXT         NULL COMMENT 'Remarks',
  created_at       DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'Local time',
  updated_at       DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP COMMENT 'Local time',
  PRIMARY KEY (id),
  KEY idx_orders_created_at (created_at),
  KEY idx_orders_tx_ref (external_tx_ref),
  KEY idx_orders_user (user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='Orders and their payment';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.order_items (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the line',
  order_id        INT UNSIGNED NOT NULL COMMENT 'orders.id',
  gadget_id       INT UNSIGNED NOT NULL COMMENT 'gadgets.id',
  variant_id      INT UNSIGNED NULL COMMENT 'Colour or size; NULL where there is one only',
  item_type       VARCHAR(32)  NOT NULL DEFAULT 'admin_gadget' COMMENT 'admin_gadget or user_gadget',
  storage         VARCHAR(32)  NULL COMMENT 'As 128GB',
  quantity        INT          NOT NULL DEFAULT 1 COMMENT 'Pieces',
  unit_price      DECIMAL(12,2) NOT NULL DEFAULT 0 COMMENT 'MWK',
  unit_price_gbp  DECIMAL(10,2) NOT NULL DEFAULT 0 COMMENT 'GBP',
  total_price     DECIMAL(12,2) NOT NULL DEFAULT 0 COMMENT 'MWK',
  total_price_gbp DECIMAL(10,2) NOT NULL DEFAULT 0 COMMENT 'GBP',
  PRIMARY KEY (id),
  KEY idx_order_items_order (order_id),
  KEY idx_order_items_gadget (gadget_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='What was ordered';

CREATE TABLE IF NOT EXISTS itsxtrapush_db.installment_plans (
  id               INT UNSIGNED NOT NULL AUTO_INCREMENT COMMENT 'Number of the plan',
  order_id         INT UNSIGNED NOT NULL COMMENT 'orders.id',
  user_id          INT UNSIGNED NULL COMMENT 'users.id',
  months           INT UNSIGNED NOT NULL COMMENT 'Number of instalments',
  monthly_amount   DECIMAL(12,2) NOT NULL COMMENT 'One instalment',
  currency         VARCHAR(3)   NOT NULL DEFAULT 'MWK' COMMENT 'Its currency',
  paid_months      INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'Instalments paid',
  status           VARCHAR(32)  NOT NULL DEFAULT 'active' COMMENT 'active, completed or defaulted',
  next_due_date    DATE         NULL COMMENT 'When the next one is due',
  created_at       DATETIME     NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'Local time',
  PRIMARY KEY (id),
  KEY idx_installment_plans_order (order_id),
  KEY idx_installment_plans_due (status, next_due_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci COMMENT='Payment by instalments';
