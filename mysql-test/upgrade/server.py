"""A private MariaDB for the tests of upgrades: one data directory is made, each server gets a copy of it.

Nothing here has threads. Each server is ended by its pid, the directory of all is removed at the end.
"""
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.environ["PURSER_ROOT"]
BUILD = os.environ["PURSER_BUILD"]
WAIT = 300


class SqlError(Exception):
    pass


class Machine:
    """The directory of a test's servers."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="purser.")
        self.servers = []
        try:
            # a blank in a path breaks mariadb-install-db, hence a relative one; in /tmp another server that starts deletes its
            # temporary tables
            with open(os.path.join(self.dir, "install-db.log"), "wb") as log:
                subprocess.run(["mariadb-install-db", "--no-defaults", "--datadir=./data", "--skip-test-db", "--force",
                                "--skip-name-resolve", "--auth-root-authentication-method=socket",
                                "--auth-root-socket-user=" + account()],
                               cwd=self.dir, check=True, stdout=log, stderr=log, timeout=WAIT, env={**os.environ, "TMPDIR": self.dir})
        except BaseException:
            self.close()
            raise

    def server(self, name, *options):
        """A new server with an empty data directory, started."""
        server = Server(os.path.join(self.dir, name), options)
        self.servers.append(server)
        shutil.copytree(os.path.join(self.dir, "data"), server.data)
        server.start()
        return server

    def remove(self, server):
        """A server that was stopped, and its data."""
        self.servers.remove(server)
        shutil.rmtree(server.dir)

    def close(self):
        for server in self.servers:
            server.kill()
        shutil.rmtree(self.dir, ignore_errors=True)


class Server:
    def __init__(self, path, options):
        self.dir, self.options, self.process = path, options, None
        self.data = os.path.join(path, "data")
        self.socket = os.path.join(path, "sock")
        self.log = os.path.join(path, "mariadb.err")
        os.makedirs(os.path.join(path, "tmp"))

    def start(self):
        command = [shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", "--datadir=" + self.data,
                   "--tmpdir=" + os.path.join(self.dir, "tmp"), "--socket=" + self.socket, "--skip-networking",
                   "--pid-file=" + os.path.join(self.dir, "pid"), "--plugin-dir=" + os.path.join(BUILD, "plugin_dir"),
                   "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M", "--character-set-server=utf8mb4",
                   # what a server that is killed has written is there; only a machine would lose it
                   "--innodb-flush-method=nosync", "--debug-no-sync", "--loose-purser-http-port=0", *self.options]
        if os.geteuid() == 0:
            command.append("--user=root")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + WAIT
        while True:
            try:
                self.sql("SELECT 1")
                return
            except SqlError as error:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the server does not answer: {error}\n{self.log_tail()}") from None
            time.sleep(0.05)

    def log_tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-30:])

    def log_text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(WAIT) == 0, self.log_tail()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait(WAIT)

    def client(self, *options):
        return ["mariadb", "--no-defaults", "--socket=" + self.socket, "--user=" + account(), "--batch", "--raw",
                "--skip-column-names", *options]

    def sql(self, text, *options, charset="utf8mb4"):
        """What the client prints; raises SqlError with what it complains about."""
        data = text if isinstance(text, bytes) else text.encode()
        done = subprocess.run(self.client("--default-character-set=" + charset, *options), input=data, capture_output=True,
                              timeout=WAIT, check=False)
        if done.returncode:
            raise SqlError(done.stderr.decode(errors="replace").strip())
        return done.stdout.decode().rstrip("\n")

    def lines(self, text):
        return self.sql(text).split("\n")

    def refused(self, text, *options):
        """The error of a statement that must fail; with --force the client goes on after it, and says 0."""
        done = subprocess.run(self.client("--default-character-set=utf8mb4", *options),
                              input=text if isinstance(text, bytes) else text.encode(), capture_output=True, timeout=WAIT,
                              check=False)
        said = done.stderr.decode(errors="replace").strip()
        assert "ERROR" in said, f"this was not refused: {text[:200]!r}"
        return said

    def wait_for(self, what, query):
        end = time.monotonic() + WAIT
        while self.sql(query) != "1":
            assert time.monotonic() < end, f"{what} did not come: {query}\n{self.log_tail()}"
            time.sleep(0.05)


def account():
    return pwd.getpwuid(os.geteuid()).pw_name


def read(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        return file.read()
