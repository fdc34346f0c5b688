#!/usr/bin/python3
"""What a browser, a monitor or an attacker does to Purser's HTTP listener; ends with 0 where all was as it should be.

    http_client.py files DIRECTORY                  a certificate, a key and two tokens
    http_client.py certificates PORT DIRECTORY LOG  the certificate changes while clients are served
    http_client.py renewals PORT DIRECTORY LOG      likewise several times, under load
    http_client.py tokens PORT DIRECTORY            the tokens change while clients ask
    http_client.py attack PORT DIRECTORY ready|cut  hostile clients, until the file DIRECTORY/stop is there
    http_client.py wait FILE TEXT                   until the file holds the text
    http_client.py poll PORT PATH TEXT              until the answer to a page of shop.example, with its headers, holds
                                                    the text, or, with a '!' before it, does not
"""
import http.client
import os
import socket
import ssl
import subprocess
import sys
import threading
import time

WAIT = 600
PAIRS = ("first", "second", "third", "fourth")


def say(text):
    print(text, flush=True)


def until(what, condition):
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"never: {what}")
        time.sleep(0.05)
    say(what)


def write(path, data, mode=0o600):
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.chmod(path + ".new", mode)
    os.rename(path + ".new", path)


def read(path):
    with open(path, "rb") as source:
        return source.read()


# ---- files

def make_pair(directory, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", f"{directory}/{name}.key",
                    "-out", f"{directory}/{name}.cert"], check=True, capture_output=True)


def use_pair(directory, cert, key):
    write(f"{directory}/cert.pem", read(f"{directory}/{cert}.cert"), 0o644)
    write(f"{directory}/key.pem", read(f"{directory}/{key}.key"))


def token(number):
    return f"token-number-{number}-of-the-test"


def use_tokens(directory, *numbers, mode=0o600):
    write(f"{directory}/tokens", "".join(f"{token(n)}\n" for n in numbers).encode(), mode)


def files(directory):
    os.makedirs(directory, exist_ok=True)
    for name in PAIRS:
        make_pair(directory, name)
    use_pair(directory, "first", "first")
    use_tokens(directory, 1, 2)


class Client(threading.Thread):
    """Does something until it ends; what goes wrong is kept."""
    def __init__(self, act):
        super().__init__(daemon=True)
        self.act, self.errors = act, []
        self.start()

    def run(self):
        try:
            self.act()
        except Exception as error:
            self.errors.append(repr(error))

    def end(self):
        self.join(60)
        return self.errors + (["does not end"] if self.is_alive() else [])


# ---- certificates

def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def shown(port, directory):
    """The name of the certificate that a new connection gets."""
    with socket.create_connection(("127.0.0.1", port), 120) as raw, context().wrap_socket(raw) as tls:
        der = tls.getpeercert(True)
    return name_of(der, directory)


def name_of(der, directory):
    for name in PAIRS:
        if ssl.PEM_cert_to_DER_cert(read(f"{directory}/{name}.cert").decode()) == der:
            return name
    return "another"


def ask(connection, path="/livez", **headers):
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    return answer


def certificates(port, directory, log):
    def logged(text):
        return text.encode() in read(log)

    port = int(port)
    say(f"the certificate is the {shown(port, directory)} one")
    old = http.client.HTTPSConnection("127.0.0.1", port, timeout=120, context=context())
    ask(old)
    stop = threading.Event()

    # a bad one: what is there stays
    write(f"{directory}/cert.pem", b"no certificate\n", 0o644)
    until("a bad certificate is a line in the log", lambda: logged("the former certificate stays in use"))
    say(f"the certificate is the {shown(port, directory)} one")
    use_pair(directory, "second", "first")
    old.close()

    bad = []

    def ask_again():
        while not stop.wait(0.2):
            if ask(old).status != 200:
                bad.append("a client that stays")

    def ask_slowly():
        while not stop.is_set():
            with context().wrap_socket(socket.create_connection(("127.0.0.1", port), 120)) as tls:
                tls.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
                stop.wait(0.5)
                tls.sendall(b"\r\n")
                if not tls.recv(4096).startswith(b"HTTP/1.1 200"):
                    bad.append("a slow client")

    clients = [Client(ask_again)] + [Client(ask_slowly) for _ in range(4)]
    write(f"{directory}/key.pem", read(f"{directory}/second.key"))
    until("new connections get the second one", lambda: shown(port, directory) == "second")
    stop.set()
    for client in clients:
        bad += client.end()
    say(f"clients that were there meanwhile: {bad or 'all answered'}")
    say(f"an old protocol: {'taken' if old_protocol(port) else 'refused'}")
    try:
        with socket.create_connection(("127.0.0.1", port), 120) as raw:
            raw.sendall(b"GET /livez HTTP/1.0\r\n\r\n")
            say(f"without TLS: {'answered' if b'200' in raw.recv(100) else 'no answer'}")
    except OSError:
        say("without TLS: no answer")
    os.chmod(f"{directory}/key.pem", 0o644)
    until("a key that others can read is a line in the log", lambda: logged("can be read by others: chmod 640 it"))
    say(f"the certificate is the {shown(port, directory)} one")


class Load:
    """Clients that keep asking; each answer must be a 200, and each certificate one of those that were good."""
    def __init__(self, port, directory):
        self.port, self.directory = port, directory
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.served, self.wrong = {}, []
        self.clients = [Client(act) for act in 3 * [self.ask_anew] + 2 * [self.ask_again] + 3 * [self.ask_slowly]]

    def count(self, who, status, der=None):
        with self.lock:
            self.served[who] = self.served.get(who, 0) + 1
            if status != 200:
                self.wrong.append(f"{who}: {status}")
            if der:
                name = name_of(der, self.directory)
                self.served[name] = self.served.get(name, 0) + 1

    def ask_anew(self):
        while not self.stop.is_set():
            connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context())
            connection.connect()
            der = connection.sock.getpeercert(True)
            self.count("anew", ask(connection).status, der)
            connection.close()

    def ask_again(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context())
        while not self.stop.wait(0.02):
            self.count("again", ask(connection).status)

    def ask_slowly(self):
        """Longer than it takes for two certificates to come one after the other."""
        while not self.stop.is_set():
            with context().wrap_socket(socket.create_connection(("127.0.0.1", self.port), 30)) as tls:
                tls.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
                self.stop.wait(4)
                tls.sendall(b"Connection: close\r\n\r\n")
                answer = tls.recv(4096)
                self.count("slowly", int(answer[9:12] or b"0"))

    def end(self):
        self.stop.set()
        errors = [error for client in self.clients for error in client.end()]
        return self.wrong + errors


def renewals(port, directory, log):
    port = int(port)
    load = Load(port, directory)

    def served(who, more=1):
        with load.lock:
            before = load.served.get(who, 0)
        until_quietly(lambda: load.served.get(who, 0) >= before + more)

    def lines(text):
        return read(log).count(text.encode())

    def good(name):
        use_pair(directory, name, name)
        until(f"the {name} one is served", lambda: shown(port, directory) == name)

    def bad(what, act, text):
        now, before = shown(port, directory), lines(text)
        act()
        until(f"{what}: a line in the log", lambda: lines(text) == before + 1)
        served("anew", 20)
        say(f"{what}: the {shown(port, directory)} one stays" if shown(port, directory) == now else "it has changed")

    def write_half(path, source):
        """In its place, as an editor or cp does it."""
        whole = read(f"{directory}/{source}")
        with open(f"{directory}/{path}", "wb") as out:
            out.write(whole[:len(whole) // 2])

    def write_chain():
        whole = read(f"{directory}/second.cert")
        write(f"{directory}/cert.pem", whole + whole[:len(whole) // 2], 0o644)

    for who in ("anew", "again", "slowly"):
        served(who)
    good("second")
    bad("a certificate that is half written", lambda: write_half("cert.pem", "third.cert"), "holds no certificate")
    bad("the key of another one", lambda: use_pair(directory, "third", "second"), "it is not the key of")
    good("third")
    bad("a key that is half written", lambda: write_half("key.pem", "fourth.key"), "holds no key")
    bad("a chain that is half written", write_chain, "holds no certificate")
    good("fourth")
    good("first")
    good("second")
    served("slowly", 6)
    failures = load.end()
    say(f"requests that failed: {failures or 'none'}")
    say(f"certificates that were served: {' '.join(name for name in PAIRS + ('another',) if name in load.served)}")


def until_quietly(condition):
    end = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > end:
            sys.exit("never")
        time.sleep(0.05)


def old_protocol(port):
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", port), 120) as raw, old.wrap_socket(raw):
            return True
    except (ssl.SSLError, OSError):
        return False


# ---- tokens

def tokens(port, directory):
    def status(number, path="/metrics"):
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=120)
        headers = {"Authorization": f"Bearer {token(number)}"} if number else {}
        code = ask(connection, path, **headers).status
        connection.close()
        return code

    def others_work():
        assert status(0, "/livez") == 200 and status(0, "/pingdom.xml") in (200, 503)
        return status(0, "/health") in (200, 503)

    until("a token is wanted", lambda: status(0) == 401)
    say(f"none: {status(0)}, the first: {status(1)}, the second: {status(2)}, the third: {status(3)}")
    use_tokens(directory, 2, 3)

    def first_is_gone():
        assert status(2) == 200 and others_work()
        return status(1) == 401

    until("the first has gone, and the second was good all the time", first_is_gone)
    say(f"the third: {status(3)}")
    for name, act in (
            ("others can read it", lambda: use_tokens(directory, 2, 3, mode=0o644)),
            ("it is empty", lambda: write(f"{directory}/tokens", b"\n")),
            ("it is gone", lambda: os.unlink(f"{directory}/tokens")),
            ("it is a link", lambda: (use_tokens(directory, 2), os.rename(f"{directory}/tokens", f"{directory}/real"),
                                      os.symlink(f"{directory}/real", f"{directory}/tokens")))):
        act()
        until(f"{name}: nobody is let in", lambda: status(2) == 401 and others_work())
        os.path.lexists(f"{directory}/tokens") and os.unlink(f"{directory}/tokens")
        use_tokens(directory, 2, 3)
        until("it is good again", lambda: status(2) == 200)


# ---- attack

def wait(path, text):
    end = time.monotonic() + WAIT
    while text.encode() not in read(path):
        if time.monotonic() > end:
            sys.exit(f"{path} never said {text}:\n{read(path).decode()}")
        time.sleep(0.05)


def poll(port, path, text):
    def holds():
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=120)
        connection.request("GET", path, headers={"Origin": "https://shop.example"})
        answer = connection.getresponse()
        whole = f"{answer.status}\n{answer.headers}{answer.read().decode()}"
        connection.close()
        return text[1:] not in whole if text.startswith("!") else text in whole

    until(f"{path}: {text}", holds)


def attack(port, directory, aim):
    port = int(port)
    end = time.monotonic() + WAIT
    failures = []

    def over():
        return os.path.exists(f"{directory}/stop") or time.monotonic() > end

    def dial():
        return socket.create_connection(("127.0.0.1", port), 120)

    def forever(act):
        def body():
            while not over():
                try:
                    with dial() as client:
                        act(client)
                except OSError:
                    time.sleep(0.02)
        return threading.Thread(target=body, daemon=True)

    def slowly(text):
        def act(client):
            client.sendall(text)
            while not over():
                client.sendall(b"a")
                time.sleep(0.2)
        return act

    def answered(text):
        def act(client):
            client.sendall(text)
            client.settimeout(0.5)
            while client.recv(65536) and not over():
                pass
        return act

    def endless(text, more):
        def act(client):
            client.sendall(text)
            while not over():
                client.sendall(more)
        return act

    def half_open(client):
        client.sendall(b"GET /health")
        time.sleep(1)

    acts = [half_open, slowly(b"GET /livez HTTP/1.1\r\nX: "), slowly(b"GET /"), slowly(b""),
            answered(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n" * 500),
            answered(b"GET /\xff\xfe\x00\xc0 HTTP/1.1\r\nHost: \xff\r\n\r\n"),
            answered(b"GET /livez\r\n\r\n"), answered(b"\x16\x03\x01" + os.urandom(500)),
            answered(os.urandom(5000)),
            endless(b"POST /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n" * 100),
            endless(b"GET /livez HTTP/1.1\r\nX: ", b"a" * 65536), endless(b"GET /", b"b" * 65536)]
    threads = [forever(act) for act in acts]
    for thread in threads:
        thread.start()

    def some_were_cut():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
        connection.close()
        return "purser_http_slow_connections_cut_total 0\n" not in page

    # an honest client among them
    asked = 0
    while not over():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            code = ask(connection).status
            connection.close()
            asked += 1
            if code != 200:
                failures.append(code)
            if asked == 50 and aim == "ready":
                say("ready")
            if asked >= 50 and aim == "cut" and some_were_cut():
                say("slow clients are cut")
                aim = "done"
        except OSError as error:
            if over():
                break
            # the listener may have been stopped: then the file follows
            time.sleep(0.5)
            if not over() and not os.path.exists(f"{directory}/stopping"):
                failures.append(error)
    for thread in threads:
        thread.join(120)
    say(f"an honest client was {'served' if asked > 5 and not failures else f'failed: {asked} {failures}'}")


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
