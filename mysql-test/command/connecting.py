"""Accounts, passwords, option files, TLS, roles: as MariaDB's own clients have them."""
import json
import os
import shutil
import socket
import subprocess

from command import CHECKED, ROOT, environment, run, wait_until

SECRET = "a'pass\"wo#rd\\"


def write(path, text, mode=0o600):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def prepare_accounts(server):
    shutil.copy("/usr/lib/mysql/plugin/auth_ed25519.so", os.path.join(server.home, "plugin"))
    quoted = "'" + SECRET.replace("\\", "\\\\").replace("'", "\\'") + "'"
    server.sql("INSTALL SONAME 'auth_ed25519'")
    for host in ("localhost", "127.0.0.1"):
        server.sql(f"""CREATE USER ed@'{host}' IDENTIFIED VIA ed25519 USING PASSWORD({quoted});
            CREATE USER reader@'{host}' IDENTIFIED BY {quoted}; GRANT purser_reader TO reader@'{host}'; GRANT purser_reader TO ed@'{host}';
            SET DEFAULT ROLE purser_reader FOR reader@'{host}'""")


def accounts_of_every_kind_log_in(server):
    prepare_accounts(server)
    assert server.run("alerts", "list").code == 0  # unix_socket
    for user in ("reader", "ed"):
        result = server.run("--user=" + user, "--password=" + SECRET, "alerts", "list", "--role=purser_reader")
        assert result.code == 0, result
        result = server.run("-u", user, "-p" + SECRET + "x", "alerts", "list", "--output=json")
        assert result.code == 3 and json.loads(result.err)["error"]["number"] == 1045, result
        assert SECRET.encode() not in result.err, result


def the_environment_says_what_no_option_says(server):
    env = {"MYSQL_UNIX_PORT": server.socket, "MYSQL_PWD": SECRET}
    assert run("--no-defaults", "--user=reader", "alerts", "list", env=env).code == 0
    assert run("--no-defaults", "--user=reader", "--password=", "alerts", "list", env=env).code == 3
    assert run("--no-defaults", "--socket=/nowhere", "alerts", "list", env=env).code == 3
    tcp = {"MYSQL_TCP_PORT": str(server.port), "MYSQL_PWD": SECRET}
    assert run("--no-defaults", "--host=127.0.0.1", "--user=reader", "--role=purser_reader", "alerts", "list", env=tcp).code == 0


def a_reader_reads_and_is_refused_the_rest(server):
    as_reader = ("--user=reader", "--password=" + SECRET)
    for command in (("status",), ("health",), ("discrepancies", "list"), ("alerts", "list"), ("ratelimit", "top"),
                    ("client", "list"), ("client", "show", "3"), ("package", "list"), ("pricing", "list"), ("usage", "report")):
        assert server.run(*as_reader, *command).code in (0, 1), command
    for command in (("discrepancies", "resolve", "1", "--note=x"), ("audit", "export"), ("audit", "verify"), ("alerts", "silences"),
                    ("reconcile", "--date=2025-07-05"), ("alerts", "replay", "--all"), ("key", "list"),
                    ("key", "create", "3"), ("package", "switch", "3", "pro", "--reason=x", "--dry-run"), ("pricing", "set", "3", "--price=1", "--reason=x"),
                    ("usage", "check"), ("usage", "test", "3", "90"), ("usage", "reset", "--yes")):
        result = server.run(*as_reader, *command, "--output=json")
        assert result.code == 4 and result.out == b"" and json.loads(result.err)["error"]["sqlstate"] == "42000", (command, result)


def tls_is_used_and_checked(server):
    tcp = ("--no-defaults", "--host=127.0.0.1", f"--port={server.port}", "--user=ed", "--password=" + SECRET, "--role=purser_reader")
    assert run(*tcp, "alerts", "list").code == 0
    assert run(*tcp, "--ssl", "alerts", "list").code == 0
    assert run(*tcp, "--ssl-ca=" + server.ca, "--ssl-verify-server-cert", "alerts", "list").code == 0
    result = run(*tcp, "--ssl-verify-server-cert", "alerts", "list")
    assert result.code == 3, result
    result = run("--no-defaults", "--host=127.0.0.1", "--port=1", "--connect-timeout=2", "alerts", "list")
    assert result.code == 3 and result.err.startswith(b"purser: error 2"), result


def a_server_without_tls_is_refused_where_tls_is_wanted(server):
    """Connector/C would go on without it."""
    plain = "/".join((server.dir, "plain"))
    os.mkdir(plain)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    write(os.path.join(plain, "extra.cnf"), f"[mariadbd]\nskip-networking = 0\nbind-address = 127.0.0.1\nport = {port}\nskip-ssl\n", 0o644)
    subprocess.run([os.path.join(ROOT, "dev"), "up", plain], check=True, timeout=400, stdout=subprocess.DEVNULL)
    try:
        local = ("--no-defaults", "--socket=" + os.path.join(plain, "mariadb.sock"))
        subprocess.run(["mariadb", *local, "-e", "CREATE USER x@'127.0.0.1' IDENTIFIED BY 'y'; GRANT purser_reader TO x@'127.0.0.1'; "
                        "SET DEFAULT ROLE purser_reader FOR x@'127.0.0.1'"], check=True, timeout=300)
        tcp = ("--no-defaults", "--host=127.0.0.1", f"--port={port}", "--user=x", "--password=y")
        assert run(*tcp, "alerts", "list").code == 0
        assert run(*tcp, "--ssl-ca=" + server.ca, "--skip-ssl", "alerts", "list").code == 0
        assert run(*local, "--ssl", "alerts", "list").code == 0  # its socket is no network
        for option in ("--ssl", "--ssl-ca=" + server.ca, "--ssl-verify-server-cert"):
            result = run(*tcp, option, "alerts", "list", "--output=json")
            assert result.code == 3 and result.out == b"" and json.loads(result.err)["error"]["code"] == "connection", (option, result)
    finally:
        subprocess.run([os.path.join(ROOT, "dev"), "down", plain], stdout=subprocess.DEVNULL, check=False)


def option_files_are_read_as_by_other_clients(server):
    home = os.path.join(server.dir, "home")
    os.makedirs(home, exist_ok=True)
    quoted = SECRET.replace("\\", "\\\\").replace('"', '\\"')
    path = write(os.path.join(home, ".my.cnf"), f"[mysqld]\nnonsense\n[client]\nssl=False\n# comment\nsocket = {server.socket} # here\nno_such_option\n"
                 "user=nobody\n[purser]\nuser = 'reader' # 'ed'\nloose-something=1\noutput=json\n"
                 f'password = "{quoted}"   # "quoted"\n[client-other]\nuser=ed\n[purser_two]\noutput = csv\n')
    env = {"HOME": home}
    assert json.loads(run("alerts", "list", env=env).out) == []
    assert run("alerts", "list", "-o", "csv", env=env).out.startswith(b"id,rule")
    assert json.loads(run("alerts", "nothing", env=env).err)["error"]["code"] == "usage"
    assert run("alerts", "nothing", "-ocsv", env=env).err.startswith(b"purser: there is no command")
    assert run("--defaults-group-suffix=_two", "alerts", "list", env=env).out.startswith(b"id,rule")
    assert run("--defaults-file=" + path, "alerts", "list").code == 0
    assert run("--defaults-file", path, "alerts", "list").code == 0
    extra = write(os.path.join(home, "extra.cnf"), "[purser]\noutput=table\nuser=overridden-by-home\n")
    assert json.loads(run("--defaults-extra-file=" + extra, "alerts", "list", env=env).out) == []
    assert run("--no-defaults", "alerts", "list", "--socket=/nowhere", env=env).code == 3
    including = write(os.path.join(home, "including.cnf"), f"!include {path}\n[purser]\nuser = ed\nrole = purser_reader\n")
    assert run("--defaults-file=" + including, "alerts", "list").code == 0
    for text, words in (("[purser]\nouput=json\n", b"line 2"), ("[purser\n", b"line 1"), ("user = ann\n[client]\n", b"before the first"), (f"!include {home}/loop.cnf\n", b"include each other"),
                        ("[purser]\nskip-password\n", b"line 2"), ("[purser]\nuser=" + "x" * 5000, b"line 2"), (f"!includedir {home}/none\n", b"line 1"),
                        ("[purser]\noutput=xml\n", b"line 2"), ("[client]\nport=x\n", b"line 2")):
        loop = write(os.path.join(home, "loop.cnf"), text)
        result = run("--defaults-file=" + loop, "alerts", "list")
        assert result.code == 2 and words in result.err, (text, result)
    assert run("--defaults-file=/nowhere", "status").code == 2
    assert run("status", "--no-defaults").code == 2
    open_to_all = write(os.path.join(home, "open.cnf"), "[purser]\noutput=json\n", 0o666)
    result = run("--defaults-file=" + open_to_all, "version")
    assert result.code == 0 and b"anybody may write" in result.err, result


def a_password_on_the_command_line_is_wiped_out(server):
    server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_packages() SELECT SLEEP(60)//\n")
    running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()"
    for option in ("--password=" + SECRET, "-p" + SECRET):
        server.sql("GRANT EXECUTE ON PROCEDURE purser.list_packages TO reader@localhost")
        process = subprocess.Popen([CHECKED, *server.connect, "--user=reader", option, "package", "list"], env=environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("the statement to run", lambda: server.sql(running) == "1")
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            words = file.read()
        process.terminate()
        code = process.wait(60)
        assert SECRET.encode() not in words and b"xxxx" in words, words
        assert code == 128 + 15, code
        wait_until("the statement to end", lambda: server.sql(running) == "0")


def the_session_is_ours_whatever_the_server_is_set_to(server):
    server.sql("SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', GLOBAL time_zone = '+05:00', GLOBAL sql_select_limit = 1, GLOBAL autocommit = 0")
    try:
        before = server.sql("SELECT COUNT(*) FROM purser.discrepancies")
        assert len(server.json("discrepancies", "list", "--state=all")) == int(before) > 1
        server.good("discrepancies", "resolve", "6", "--note=back\\slash's")
        assert server.sql("SELECT note FROM purser.discrepancy_events ORDER BY id DESC LIMIT 1") == "back\\slash's"
        server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_packages() SELECT FROM_UNIXTIME(0) AS epoch//\n")
        assert server.json("package", "list") == [{"epoch": "1970-01-01T00:00:00Z"}]
    finally:
        server.sql("SET GLOBAL sql_mode = DEFAULT, GLOBAL time_zone = 'SYSTEM', GLOBAL sql_select_limit = DEFAULT, GLOBAL autocommit = 1")


TESTS = [accounts_of_every_kind_log_in, the_environment_says_what_no_option_says, a_reader_reads_and_is_refused_the_rest, tls_is_used_and_checked,
         a_server_without_tls_is_refused_where_tls_is_wanted, option_files_are_read_as_by_other_clients,
         a_password_on_the_command_line_is_wiped_out, the_session_is_ours_whatever_the_server_is_set_to]
