"""What the tests of the client API share: a private server with clients, keys and transactions, and a way to send requests
that no library would send.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.environ["PURSER_ROOT"]
BUILD = os.environ["PURSER_BUILD"]
CLIENTS = os.path.join(ROOT, "clients")
CONFORMANCE = os.path.join(CLIENTS, "conformance", "requests.json")
DAY = "2025-07-05"
SEED = "a seed of this test, which is long enough for a key"
WEBHOOKS = {"paychangu": "simulated-paychangu-webhook", "square": "simulated-square-webhook", "stripe": "whsec_of_this_test",
            "paystack": "sk_test_of_this_test", "flutterwave": "flutterwave-hash", "github": "github-secret",
            "standard": "whsec_" + base64.b64encode(b"a standard secret of this test!!").decode()}

SHOP = f"""
INSERT INTO purser.packages (name, position, volume_limit, transaction_limit, price, currency) VALUES
  ('starter', 1, 1000, 100, 5, 'GBP'), ('pro', 2, 2000000, 20000, 49, 'GBP'), ('unlimited', 3, NULL, NULL, 199, 'GBP');
INSERT INTO purser.clients (id, external_id, name, email, package) VALUES
  (1, 'm-1', 'Ann''s Bikes & Zoë 💳', 'ann@example.com', 'pro'), (2, 'm-2', 'Bob & Sons', 'bob@example.com', 'starter'),
  (3, 'm-3', 'Suspended', 'c@example.com', 'starter'), (4, 'm-4', 'Closed', 'd@example.com', 'starter');
SET @now = UTC_TIMESTAMP(6);
INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)
  SELECT 1, CONCAT('t-', LPAD(seq, 2, '0')), 10.5, @now - INTERVAL (seq DIV 5) SECOND FROM purser.seq_0_to_24;
CALL purser.reconcile('{DAY}', NULL);
INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)
  SELECT 1, transaction_ref, MAX(COALESCE(internal_amount, gateway_amount)), '{DAY} 10:00:00' FROM purser.discrepancies
   WHERE transaction_ref <> '' GROUP BY transaction_ref;
CALL purser.audit_enable('itsxtrapush_db', 'orders', 'status');
UPDATE itsxtrapush_db.orders SET status = 'shipped' WHERE status <> 'shipped' LIMIT 1;
"""


class Skipped(Exception):
    pass


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.type = self.headers.get("content-type", "").split(";")[0]

    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        if self.type != "application/problem+json" or not self.body:
            return None
        kind = self.json()["type"]
        assert kind.startswith("urn:purser:problem:"), self
        return kind[len("urn:purser:problem:"):]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:2000]!r}"


class Key:
    def __init__(self, key_id, secret):
        self.key_id, self.secret = key_id, secret


def signed_headers(key, method, target, body=b"", timestamp=None, nonce=None):
    timestamp = str(int(time.time()) if timestamp is None else timestamp)
    nonce = nonce or secrets.token_urlsafe(18)
    text = "\n".join(["PURSER-HMAC-SHA256-V1", key.key_id, timestamp, nonce, method, target, hashlib.sha256(body).hexdigest()])
    signature = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    return [("X-Purser-Key", key.key_id), ("X-Purser-Timestamp", timestamp), ("X-Purser-Nonce", nonce),
            ("X-Purser-Signature", "v1=" + signature)]


class Server:
    """./dev up in a directory of its own, with clients and their keys; with tls over https, by a certificate that nobody knows."""

    def __init__(self, tls=False):
        self.tls = tls
        self.dir = tempfile.mkdtemp(prefix="purser.")
        self.home = os.path.join(self.dir, "server")
        os.mkdir(self.home)
        self.write_options()
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        subprocess.run([os.path.join(ROOT, "dev"), "up", self.home], check=True, timeout=600, stdout=subprocess.DEVNULL)
        self.socket = os.path.join(self.home, "mariadb.sock")
        with open(os.path.join(self.home, "http.port"), encoding="ascii") as file:
            self.port = int(file.read())
        self.url = f"http{'s' * self.tls}://127.0.0.1:{self.port}"
        self.sql(SHOP)
        self.make_keys()
        wait_until("a seal of the audit log", lambda: self.sql("SELECT COUNT(*) > 0 FROM purser.audit_seals") == "1", 300)
        self.transactions = int(self.sql("SELECT COUNT(*) FROM purser.client_transactions WHERE client_id = 1"))

    def write_options(self):
        gateways = {name: {"webhook_secrets": [secret]} for name, secret in WEBHOOKS.items()}
        gateways["github"]["webhook"] = {"scheme": "generic", "prefix": "sha256="}
        gateways["square"]["token"] = "simulated-square-token"
        gateways["paychangu"]["token"] = "simulated-paychangu-token"
        path = os.path.join(self.dir, "secrets.json")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump({"api": {"key_seed": SEED}, "gateways": gateways}, file)
        with open(os.path.join(self.home, "extra.cnf"), "w", encoding="utf-8") as file:
            file.write(f"[mariadbd]\nloose-purser-secrets-file = {path}\nloose-purser-api-rate-limit = 100000\n"
                       "loose-purser-audit-seal-seconds = 1\n")
            if self.tls:
                file.write(self.certificate())

    def certificate(self):
        """Options that name one for the loopback."""
        self.ca, key = os.path.join(self.dir, "cert.pem"), os.path.join(self.dir, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca],
                       check=True, stderr=subprocess.DEVNULL)
        return f"loose-purser-http-tls-cert = {self.ca}\nloose-purser-http-tls-key = {key}\n"

    def make_keys(self):
        self.key, self.empty = self.new_key(1), self.new_key(2)
        self.suspended, self.closed = self.new_key(3), self.new_key(4)
        self.revoked, self.expired = self.new_key(1), self.new_key(1)
        self.sql(f"CALL purser.revoke_client_key('{self.revoked.key_id}', 'a test'); "
                 f"UPDATE purser.client_keys SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND WHERE key_id = '{self.expired.key_id}'; "
                 "UPDATE purser.clients SET status = 'suspended' WHERE id = 3; UPDATE purser.clients SET status = 'closed' WHERE id = 4")

    def new_key(self, client):
        return Key(*self.sql(f"CALL purser.create_client_key({client}, 'a test', NULL)").split("\t")[:2])

    def sql(self, text):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=" + self.socket, "--batch", "--raw", "--skip-column-names",
                               "--default-character-set=utf8mb4"], input=text.encode(), check=True, timeout=300, stdout=subprocess.PIPE)
        return done.stdout.decode("utf-8", "replace").strip()

    def send(self, method, target, headers=(), body=b"", timeout=30):
        """What is given goes over the wire as it is: headers a list of pairs, one twice if it is there twice."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body or method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            try:
                connection.send(body)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused before it was read: the answer says so
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def call(self, method, target, body=None, key=None, headers=(), **options):
        """A signed request; body is bytes, or what becomes JSON."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = [] if body is None or any(name == "Content-Type" for name, _ in headers) else [("Content-Type", "application/json")]
        return self.send(method, target, signed_headers(key or self.key, method, target, data, **options) + kind + list(headers), data)

    def environment(self):
        more = {"PURSER_API_URL": self.url, "PURSER_API_CONFORMANCE": CONFORMANCE, "PURSER_API_DAY": DAY,
                "PURSER_API_WEBHOOK_VECTORS": os.path.join(ROOT, "mysql-test", "unit", "vectors", "webhooks.json"),
                "PURSER_API_TRANSACTIONS": str(self.transactions), "PURSER_API_WEBHOOK_SECRETS": json.dumps(WEBHOOKS),
                "PURSER_API_SOCKET": self.socket, "PURSER_API_SQL_USER": os.environ.get("USER") or "root"}
        for name, key in (("", self.key), ("EMPTY_", self.empty), ("REVOKED_", self.revoked), ("EXPIRED_", self.expired),
                          ("SUSPENDED_", self.suspended), ("CLOSED_", self.closed)):
            more[f"PURSER_API_{name}KEY"], more[f"PURSER_API_{name}SECRET"] = key.key_id, key.secret
        return more

    def pid(self):
        with open(os.path.join(self.home, "mariadb.pid"), encoding="ascii") as file:
            return int(file.read())

    def close(self):
        subprocess.run([os.path.join(ROOT, "dev"), "down", self.home], stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def needs(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skipped(f"there is no {program} here")


def tap(command, environment, directory=None, timeout=900):
    """A program that fails is a failure, with all that it said."""
    done = subprocess.run(command, env={**os.environ, **environment}, cwd=directory, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{text[-20000:]}"
    return text


def npm_packages():
    """The directory with what npm/package.json names, as its lock says; installed once."""
    source, target = os.path.join(ROOT, "mysql-test", "api", "npm"), os.path.join(BUILD, "api-npm")
    needs("node", "npm")
    os.makedirs(target, exist_ok=True)
    done = os.path.join(target, "node_modules", ".done")
    with open(os.path.join(source, "package-lock.json"), "rb") as file:
        lock = hashlib.sha256(file.read()).hexdigest()
    if not os.path.exists(done) or open(done, encoding="ascii").read() != lock:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(os.path.join(source, name), target)
        try:
            tap(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {}, target)
        except AssertionError as error:
            if any(word in str(error) for word in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")):
                raise Skipped("npm cannot reach its registry") from None
            raise
        with open(done, "w", encoding="ascii") as file:
            file.write(lock)
    return os.path.join(target, "node_modules")


def node_tests(*files, environment=None, directory=None):
    """node --test: what each of them says is in the log, a failure fails."""
    text = tap(["node", "--test", "--test-reporter=tap", *files], environment or {}, directory)
    assert "\n# fail 0\n" in text and "\n# pass 0\n" not in text, text[-5000:]
    return text


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for: {what}"
        time.sleep(0.1)


def run_all(tests, server=True):
    """Calls each with one private server (with None where the tests need none), a line for each; exits."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed, skipped, one = 0, 0, None
    try:
        one = Server() if server else None
        for test in tests:
            try:
                test(one)
                print("ok -", test.__name__, flush=True)
            except Skipped as why:
                skipped += 1
                print("ok -", test.__name__, "# SKIP", why, flush=True)
            except Exception:
                failed = 1
                traceback.print_exc(file=sys.stdout)
                print("not ok -", test.__name__, flush=True)
    finally:
        if one:
            one.close()
    sys.exit(failed)
