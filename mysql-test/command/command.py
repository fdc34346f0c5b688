"""What the tests of the command purser share: a private server with the demo shop, and ways to run the command:
with pipes, and on a terminal.
"""
import csv
import io
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.environ["PURSER_ROOT"]
BUILD = os.environ["PURSER_BUILD"]
CHECKED = os.path.join(BUILD, "mysql-test", "cli", "purser")  # with AddressSanitizer and UBSan
PLAIN = os.path.join(BUILD, "bin", "purser")


def environment(**more):
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "TERM": "xterm", "ASAN_OPTIONS": "detect_leaks=1", **more}


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out[:4000]!r}\n--- stderr\n{self.err[:4000]!r}"


def run(*arguments, program=CHECKED, env=None, stdin=subprocess.DEVNULL):
    done = subprocess.run([program, *arguments], capture_output=True, timeout=300, env=environment(**(env or {})),
                          stdin=stdin, check=False)
    result = Result(done.returncode, done.stdout, done.stderr)
    for word in (b"AddressSanitizer", b"runtime error"):
        assert word not in done.stderr, result
    return result


class Server:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="purser.")
        self.home = os.path.join(self.dir, "server")
        self.make_options()
        subprocess.run([os.path.join(ROOT, "dev"), "up", self.home], check=True, timeout=400, stdout=subprocess.DEVNULL)
        self.socket = os.path.join(self.home, "mariadb.sock")
        self.connect = ["--no-defaults", "--socket=" + self.socket]

    def make_options(self):
        """A port on the loopback, with TLS: ./dev up reads extra.cnf last."""
        os.mkdir(self.home)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.ca, key = os.path.join(self.dir, "cert.pem"), os.path.join(self.dir, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", "/CN=purser.test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.ca],
                       check=True, stderr=subprocess.DEVNULL)
        with open(os.path.join(self.home, "extra.cnf"), "w", encoding="utf-8") as file:
            file.write(f"[mariadbd]\nskip-networking = 0\nbind-address = 127.0.0.1\nport = {self.port}\n"
                       f"ssl-cert = {self.ca}\nssl-key = {key}\n")

    def sql(self, text, *options):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=" + self.socket, "--batch", "--raw",
                               "--default-character-set=utf8mb4", "--skip-column-names", *options],
                              input=text.encode(), check=True, timeout=300, stdout=subprocess.PIPE)
        return done.stdout.decode("utf-8", "replace").strip()

    def run(self, *arguments, **options):
        return run(*self.connect, *arguments, **options)

    def good(self, *arguments, codes=(0,), **options):
        result = self.run(*arguments, **options)
        assert result.code in codes, (arguments, result)
        return result

    def json(self, *arguments, codes=(0,)):
        return json.loads(self.good(*arguments, "--output=json", codes=codes).out, parse_float=str)

    def csv(self, *arguments, codes=(0,)):
        return parse_csv(self.good(*arguments, "--output=csv", codes=codes).out)

    def terminal(self, *arguments, **options):
        return Terminal([options.pop("program", CHECKED), *self.connect, *arguments], **options)

    def close(self):
        subprocess.run([os.path.join(ROOT, "dev"), "down", self.home], stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


def parse_csv(data):
    assert not data or data.endswith(b"\r\n"), data[-100:]
    csv.field_size_limit(1 << 28)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


class Terminal:
    """The command with a terminal as stdin and stderr, and as stdout unless stdout is given."""

    def __init__(self, command, env=None, stdout=None):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(command, stdin=slave, stderr=slave, stdout=slave if stdout is None else stdout,
                                        env=environment(**(env or {})), start_new_session=True,
                                        preexec_fn=lambda: os.close(os.open(os.ttyname(0), os.O_RDWR)))
        os.close(slave)
        self.text = b""

    def read(self, seconds):
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.text += data
        return bool(data)

    def wait_for(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.text:
            assert time.monotonic() < end and (self.read(1) or self.process.poll() is None), (text, self.text)
        return self

    def type(self, text):
        os.write(self.master, text)
        return self

    def signal(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self

    def end(self, seconds=60):
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            self.read(0.2)
        while self.read(0.1):
            pass
        os.close(self.master)
        return self.process.returncode, self.text.replace(b"\r\n", b"\n")


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for: {what}"
        time.sleep(0.1)
