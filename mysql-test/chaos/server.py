"""The server of a campaign: private, without a network port, in a directory of its own, with Purser installed.

It is durable as a server with money is (each commit is on the disk), so that what it has confirmed must be there after
kill -9, and it believes what world.c tells it of the clock, the disk and names.
"""
import getpass
import glob
import os
import shutil
import signal
import subprocess
import time

import pymysql

GAVE_UP = b"[FATAL] InnoDB: Error (Out of disk space) in rollback"
OPTIONS = """[mariadbd]
datadir = {dir}/data
tmpdir = {dir}/tmp
socket = {dir}/s
pid-file = {dir}/mariadb.pid
log-error = {dir}/mariadb.err
plugin-dir = {plugins}
skip-networking
server-id = 7
log-bin = chaos
binlog_format = MIXED
expire_logs_days = 1
max_binlog_size = 16M
sync_binlog = 1
innodb_flush_log_at_trx_commit = 1
innodb_buffer_pool_size = 128M
innodb_log_file_size = 32M
innodb_lock_wait_timeout = 10
max_connections = 200
character-set-server = utf8mb4
secure_timestamp = NO
loose-purser-http-port = {port}
loose-purser-secrets-file = {dir}/secrets.json
loose-purser-time-zone = Africa/Blantyre
loose-purser-audit-seal-seconds = 1
loose-purser-audit-checkpoint-file = {dir}/checkpoints
loose-purser-health-interval = 2
loose-purser-reconcile-lookback-days = 3
loose-purser-pending-sweep-minutes = 0
loose-purser-mail-from = purser@shop.example.com
loose-purser-mail-url = smtp://127.0.0.1:{mail}
"""


class ServerFailed(Exception):
    """It did not start, ended by itself, or does not become ready."""


def until(what, seconds, condition, pause=0.05):
    """Waits until condition() is true, and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise ServerFailed(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)


def socket_of(directory):
    path = os.path.join(directory, "s")
    if len(os.fsencode(path)) > 107:
        raise ServerFailed(f"a socket's path has at most 107 bytes: take a shorter directory than {directory}")
    return path


class Server:
    def __init__(self, directory, root, build, world, patience):
        self.dir, self.root, self.build, self.world, self.patience = directory, root, build, world, patience
        self.process = None
        self.socket = socket_of(directory)
        self.starts, self.port = 0, None
        self.started_at = 0.0  # of time.monotonic()

    # ---- making it

    def make(self, port, mail):
        """port: of Purser's HTTP listener; mail: of the mail server."""
        self.port = port
        for name in ("data", "tmp", "plugins"):
            os.makedirs(os.path.join(self.dir, name), exist_ok=True)
        plugins = os.path.join(self.dir, "plugins")
        shutil.copy(os.path.join(self.build, "plugin_dir", "purser.so"), plugins)
        with open(os.path.join(self.dir, "my.cnf"), "w", encoding="utf-8") as file:
            file.write(OPTIONS.format(dir=self.dir, plugins=plugins, port=port, mail=mail))
        os.rmdir(os.path.join(self.dir, "data"))
        # in /tmp another server that starts deletes the temporary tables of this
        environment = {**os.environ, "TMPDIR": os.path.join(self.dir, "tmp")}
        with open(os.path.join(self.dir, "install-db.log"), "wb") as log:
            subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=./data", "--skip-test-db", "--force",
                            "--skip-name-resolve", "--auth-root-authentication-method=socket",
                            f"--auth-root-socket-user={getpass.getuser()}"], cwd=self.dir, check=True, stdout=log, stderr=log,
                           env=environment)

    def client(self, text):
        """Statements by the command mariadb, as the server's superuser: the installation, before there is an account."""
        done = subprocess.run(["mariadb", "--no-defaults", f"--socket={self.socket}", f"--user={getpass.getuser()}",
                               "--default-character-set=utf8mb4"], input=text, text=True, capture_output=True, check=False)
        if done.returncode:
            raise ServerFailed(done.stderr)

    def script(self, *path):
        with open(os.path.join(self.root, *path), encoding="utf-8") as file:
            self.client(file.read())

    # ---- its process

    def start(self):
        """Starts it, and waits until it answers."""
        arguments = [shutil.which("mariadbd"), f"--defaults-file={self.dir}/my.cnf"]
        if os.geteuid() == 0:
            arguments.append("--user=root")
        self.starts += 1
        self.started_at = time.monotonic()
        with open(os.path.join(self.dir, "mariadb.err"), "ab") as log:
            log.write(f"-- start {self.starts}\n".encode())
            log.flush()
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, env={**os.environ, **self.world.environment()})
        until("the server's answer", self.patience, self._answers_or_ended)

    def _answers_or_ended(self):
        if self.process.poll() is not None:
            raise ServerFailed(f"the server ended with {self.process.returncode}")
        return os.path.exists(self.socket) and subprocess.run(
            ["mariadb-admin", "--no-defaults", f"--socket={self.socket}", f"--user={getpass.getuser()}", "ping"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def lives(self):
        return self.process is not None and self.process.poll() is None

    def gave_up(self):
        """Where a full disk breaks a rollback, InnoDB ends the server."""
        with open(os.path.join(self.dir, "mariadb.err"), "rb") as log:
            return GAVE_UP in log.read().rpartition(b"-- start ")[2]

    def send(self, number):
        os.kill(self.process.pid, number)

    def kill(self):
        self.send(signal.SIGKILL)
        self.process.wait()

    def stop(self, patience=None):
        """By SIGTERM. Returns how long that took."""
        before = time.monotonic()
        self.send(signal.SIGTERM)
        try:
            code = self.process.wait(patience or self.patience)
        except subprocess.TimeoutExpired as slow:
            raise ServerFailed("the server does not end by SIGTERM") from slow
        if code:
            raise ServerFailed(f"after SIGTERM the server ended with {code}")
        return time.monotonic() - before

    def stacks(self):
        """Where each thread stands, as far as gdb is there and the server lives: for who wants to know why it hangs."""
        if self.lives() and shutil.which("gdb"):
            self.send(signal.SIGCONT)
            with open(os.path.join(self.dir, "stacks.txt"), "w", encoding="utf-8") as file:
                subprocess.run(["gdb", "-p", str(self.process.pid), "-batch", "-ex", "thread apply all bt"],
                               stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)

    def close(self):
        if self.lives():
            self.send(signal.SIGCONT)
            self.kill()

    # ---- asking it

    def connect(self, timeout=60, **options):
        return pymysql.connect(unix_socket=self.socket, user="chaos", charset="utf8mb4", connect_timeout=timeout,
                               read_timeout=timeout, write_timeout=timeout, **options)

    def rows(self, statement, *arguments):
        connection = self.connect(timeout=self.patience, autocommit=True)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, arguments or None)
                return cursor.fetchall()
        finally:
            connection.close()

    def value(self, statement, *arguments):
        rows = self.rows(statement, *arguments)
        return rows[0][0] if rows else None

    def state(self):
        """The state of Purser's worker; '' while the server has none."""
        return self.value("SELECT COALESCE(MAX(VARIABLE_VALUE), '') FROM information_schema.GLOBAL_STATUS"
                          " WHERE VARIABLE_NAME = 'Purser_worker_state'")

    def is_installed(self):
        return self.value("SELECT COUNT(*) FROM information_schema.PLUGINS WHERE PLUGIN_LIBRARY = 'purser.so'"
                          " AND PLUGIN_STATUS = 'ACTIVE'")

    def wait_ready(self):
        until("Purser's worker", self.patience, lambda: self.state() == "ready")

    # ---- what it holds

    def threads(self):
        """The names of Purser's threads."""
        names = []
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/comm"):
            try:
                with open(path, encoding="utf-8") as file:
                    names.append(file.read().strip())
            except OSError:
                pass
        return sorted(name for name in names if name.startswith("purser"))

    def descriptors(self):
        count, sockets = 0, 0
        for path in glob.glob(f"/proc/{self.process.pid}/fd/*"):
            try:
                sockets += os.readlink(path).startswith("socket:")
                count += 1
            except OSError:
                pass
        return count, sockets

    def temporary_files(self):
        left = os.listdir(os.path.join(self.dir, "tmp"))
        left += [os.path.basename(path) for path in glob.glob(os.path.join(self.dir, "data", "purser*"))
                 if os.path.basename(path) not in ("purser", "purser_rate_limits.dat")]
        return sorted(name for name in left if not name.startswith(("ib", "#sql-temptable")))
