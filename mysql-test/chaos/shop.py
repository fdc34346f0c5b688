"""The shop of a campaign: its tables, what Purser is told of it, and what each round adds."""
import json
import os

from outside import TOKENS

GADGETS = 24
STOCK = 1000000
PACKAGE_VOLUME = 1000
PACKAGE_TRANSACTIONS = 40
THRESHOLDS = (80, 90, 95, 100)

SETTINGS = {"square": {"page_limit": 20}, "paychangu": {"rate_per_second": 0, "concurrency": 8}}
# A request that is held is given up soon, and made again for as long as a fault may last.
PATIENT = {"connect_timeout_ms": 1000, "first_byte_timeout_ms": 1500, "total_timeout_ms": 5000, "retries": 20, "retry_base_ms": 20,
           "retry_cap_ms": 300, "breaker_threshold": 1000}

ACCOUNT = """
CREATE USER chaos@localhost IDENTIFIED VIA mysql_native_password USING PASSWORD('');
GRANT ALL PRIVILEGES ON *.* TO chaos@localhost WITH GRANT OPTION;
"""

TABLES = f"""
INSERT INTO itsxtrapush_db.gadgets (id, name, category, price, price_gbp, stock_quantity, in_stock)
  SELECT seq, CONCAT('gadget ', seq), 'phone', 1000, 1, {STOCK}, 1 FROM mysql.seq_1_to_{GADGETS};
CREATE DATABASE chaos CHARACTER SET utf8mb4;
CREATE TABLE chaos.markers (op BIGINT UNSIGNED PRIMARY KEY) ENGINE=InnoDB;
CREATE TABLE chaos.ledger (id BIGINT UNSIGNED PRIMARY KEY, worker INT NOT NULL, amount INT NOT NULL, note VARCHAR(100) NULL) ENGINE=InnoDB;
CREATE TABLE chaos.state (name VARCHAR(64) PRIMARY KEY, level VARCHAR(16) NOT NULL, message VARCHAR(255) NOT NULL) ENGINE=InnoDB;
INSERT INTO chaos.state VALUES ('boiler', 'ok', 'as it should be');
GRANT SELECT ON chaos.state TO purser@localhost;
REPLACE purser.settings (name, value) VALUES ('app_time_zone', 'Africa/Blantyre'), ('usage_check_minutes', '1');
CALL purser.map_app('itsxtrapush_db');
CALL purser.audit_enable('itsxtrapush_db', 'orders', 'payment_status, total_amount');
CALL purser.audit_enable('chaos', 'ledger', NULL);
INSERT INTO purser.packages (name, position, volume_limit, transaction_limit, price, currency) VALUES
  ('small', 1, {PACKAGE_VOLUME}, {PACKAGE_TRANSACTIONS}, 5, 'GBP'), ('huge', 2, NULL, NULL, 199, 'GBP');
UPDATE purser.settings SET value = 'clients' WHERE name = 'usage_channel';
UPDATE purser.health_checks SET enabled = name IN ('database', 'payment_gateways');
INSERT INTO purser.health_checks (name, service, kind, query, interval_seconds, fail_count, fail_window) VALUES
  ('boiler', 'shop', 'sql', 'SELECT level, message FROM chaos.state WHERE name = ''boiler''', 1, 1, 1);
"""

CHANNELS = """
INSERT INTO purser.alert_channels (name, kind, target, rate_per_minute, concurrency) VALUES
  ('clients', 'mail', 'ops@example.com', 0, 2), ('hook', 'webhook', 'http://127.0.0.1:{post}/hook', 0, 2);
INSERT INTO purser.alert_rules (name, what, severity, channel, repeat_minutes) VALUES ('boiler', 'boiler', 'critical', 'hook', 0);
"""


def write_secrets(directory):
    path = os.path.join(directory, "secrets.json")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        json.dump({"gateways": {name: {"token": token} for name, token in TOKENS.items()}, "audit": {"ed25519_seed": "5e" * 32}}, file)


def install(server, gateways, receiver):
    server.client(ACCOUNT)
    server.script("sql", "install.sql")
    if not server.is_installed():
        server.client("INSTALL SONAME 'purser'")
    server.script("sql", "demo", "schema.sql")
    server.client(TABLES + CHANNELS.format(post=receiver.post_port))
    for name, url in gateways.urls().items():
        settings = {**PATIENT, **SETTINGS[name]}
        if url.startswith("https"):
            settings["ca_file"] = gateways.certificate
        server.rows("INSERT INTO purser.gateways (name, adapter, base_url, settings) VALUES (%s, %s, %s, %s)",
                    name, name, url, json.dumps(settings))
        # the calendar asks for nothing: the campaign does
        server.rows("INSERT INTO purser.jobs (name, last_date) VALUES (%s, '2100-01-01')", f"reconcile:{name}")
    # accounts and rights are in Aria, which may keep them in memory yet
    server.rows("FLUSH TABLES")
    server.wait_ready()


def client_numbers(number):
    """The clients of round `number`: three with a small package, and one without limits."""
    return [number * 10 + n for n in range(1, 5)]


def add_clients(server, number):
    for client in client_numbers(number):
        server.rows("INSERT INTO purser.clients (id, name, email, package, counter_slots) VALUES (%s, %s, %s, %s, %s)",
                    client, f"Client {client}", f"c{client}@example.com", "huge" if client % 10 == 4 else "small", 1 + client % 3)
