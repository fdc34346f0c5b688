"""On a terminal, and without one: confirmation, password, colours, progress, Ctrl-C."""
import json
import os
import shlex
import signal
import subprocess

from command import CHECKED, Terminal, environment, run, wait_until


def what_destroys_is_confirmed_by_a_word(server):
    server.sql("CALL purser.set_pricing_override(5, 1, NULL, NULL, NULL, NULL, 'a price to end')")
    number = server.sql("SELECT MAX(id) FROM purser.pricing_overrides")
    end = ("pricing", "end", number, "--reason=x")

    def is_there():
        return server.sql("SELECT ends_at > UTC_TIMESTAMP(6) FROM purser.pricing_overrides WHERE id = " + number) == "1"

    result = server.run(*end)
    assert result.code == 6 and b"--yes" in result.err, result
    assert json.loads(server.run(*end, "--output=json").err)["error"]["code"] == "unconfirmed"
    question = b"Type " + number.encode()
    code, text = server.terminal(*end).wait_for(question).type(b"4711\n").end()
    assert code == 6 and f"CALL purser.end_pricing_override({number}, 'x')".encode() in text and b"not confirmed" in text, text
    for answer in (b"\x04", b"\n", number.encode() + b" \n", b"y\n"):
        code, text = server.terminal(*end).wait_for(question).type(answer).end()
        assert code == 6 and is_there(), (answer, text)
    code, text = server.terminal(*end).wait_for(question).type(number.encode() + b"\n").end()
    assert code == 0 and b"ended" in text and not is_there(), text
    code, text = server.terminal("constraints", "revert").wait_for(b"Type revert").signal().end()
    assert code == 130, (code, text)
    code, text = server.terminal("ratelimit", "reset", "\033[31mred", "/x").wait_for(b"Type ").type(b"no\n").end()
    assert code == 6 and b"\033[31mred" not in text, text


def a_password_is_asked_for_without_echo(server):
    secret = b"a'pass\"wo#rd\\"
    terminal = server.terminal("--user=reader", "--password", "alerts", "list").wait_for(b"Password: ")
    code, text = terminal.type(secret + b"\n").end()
    assert code == 0 and secret not in text and b"rule" in text, text
    code, text = server.terminal("-u", "reader", "-p", "alerts", "list").wait_for(b"Password: ").type(b"wrong\n").end()
    assert code == 3 and b"wrong" not in text, text
    code, text = server.terminal("-p", "alerts", "list").wait_for(b"Password: ").signal().end()
    assert code == 130, (code, text)
    assert server.run("--user=reader", "--password", "alerts", "list").code == 2


def a_password_is_not_shown_either_by_who_comes_back_to_the_question(server):
    """Ctrl-Z, and fg: the shell has set the terminal to echo meanwhile. A shell, for without one there is nothing to come back to."""
    secret = b"a'pass\"wo#rd\\"
    command = " ".join(shlex.quote(word) for word in (CHECKED, *server.connect, "--user=reader", "--password", "alerts", "list"))
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], env={"PS1": "ready> ", "LC_ALL": "C"}).wait_for(b"ready> ")

    def say(text, until):
        shell.text = b""
        shell.type(text).wait_for(until)

    say(b"set -b\n", b"ready> ")
    say(command.encode() + b"\n", b"Password: ")
    say(b"half of it\x1a", b"Stopped")
    say(b"fg\n", b"Password: ")
    say(secret + b"\n", b"ready> ")
    assert secret not in shell.text and b"rule" in shell.text, shell.text
    say(command.encode() + b" &\n", b"Stopped")  # it may not ask from the background
    say(b"fg\n", b"Password: ")
    say(secret + b"\n", b"ready> ")
    assert secret not in shell.text and b"rule" in shell.text, shell.text
    say(b"stty -a\n", b"echoe")
    assert b" echo " in shell.text, shell.text
    shell.type(b"exit\n").end()


def colours_are_for_terminals(server):
    def colours(*options, **env):
        return b"\033[" in server.terminal("selftest", *options, env=env).end()[1].replace(b"\r\033[K", b"")

    assert colours()
    assert not colours(NO_COLOR="1")
    assert not colours(TERM="dumb")
    assert not colours("--color=never")
    assert colours("--color=always", NO_COLOR="1")
    assert not colours("--output=json") and not colours("--output=csv")
    assert b"\033[" not in server.run("selftest").out
    assert b"\033[" in server.run("selftest", "--color=always").out


def slow(server, statement="SELECT SLEEP(60)"):
    server.sql(f"DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.check_usage_alerts() {statement}//\n")


def sleepers(server):
    return int(server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()"))


def progress_is_drawn_on_a_terminal_only(server):
    slow(server)
    terminal = server.terminal("usage", "check").wait_for(b" s\r\033[K")
    assert terminal.signal().end()[0] == 130
    slow(server, "SELECT SLEEP(1.5) AS done")
    result = server.good("usage", "check")
    assert result.err == b"" and b"\r" not in result.out, result
    with open(os.devnull, "wb") as nowhere:
        code, text = server.terminal("reconcile", "--from=2025-06-26", "--to=2025-07-10", stdout=nowhere.fileno()).end(300)
    assert code == 1 and b" of 15 days" in text and b"[#" in text, text[-500:]


def rows_are_the_same_with_a_progress_beside_them(server):
    path = os.path.join(server.dir, "export")
    with open(path, "wb") as out:
        code, text = server.terminal("audit", "export", "--output=csv", stdout=out.fileno()).end()
    with open(path, "rb") as rows:
        assert code == 0 and rows.read() == server.good("audit", "export", "--output=csv").out, text


def ctrl_c_ends_the_statement_on_the_server(server):
    slow(server)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = subprocess.Popen([CHECKED, *server.connect, "usage", "check", "--output=json"], env=environment(), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        wait_until("the statement to run", lambda: sleepers(server) == 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 128 + number and out == b"", (process.returncode, out, err)
        assert json.loads(err)["error"]["code"] == "interrupted", err
        wait_until("the statement to end", lambda: sleepers(server) == 0)


def ctrl_c_between_two_days_begins_no_other(server):
    """The server has said all of the first day: there is no statement to end, while the rows wait to be written."""
    server.sql("DELIMITER //\nCREATE OR REPLACE TABLE purser.seen (day DATE)//\n"
               "CREATE OR REPLACE PROCEDURE purser.reconcile(d DATE, g TEXT) BEGIN INSERT INTO purser.seen VALUES (d); SELECT REPEAT('x', 150000) AS x; END//\n")
    kills = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'Com_kill'"
    before = server.sql(kills)
    with subprocess.Popen([CHECKED, *server.connect, "reconcile", "--from=2025-07-01", "--to=2025-07-03", "--output=json"], env=environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        wait_until("the KILL", lambda: server.sql(kills) != before)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and json.loads(err)["error"]["code"] == "interrupted" and not out.endswith(b"]\n"), (process.returncode, err)
    assert server.sql("SELECT GROUP_CONCAT(day) FROM purser.seen") == "2025-07-01"


def a_second_ctrl_c_ends_it_though_the_server_does_not_answer(server):
    slow(server)
    with open(os.path.join(server.home, "mariadb.pid"), encoding="ascii") as file:
        pid = int(file.read())
    with subprocess.Popen([CHECKED, *server.connect, "--connect-timeout=500", "usage", "check"], env=environment(), stdout=subprocess.DEVNULL) as process:
        wait_until("the statement to run", lambda: sleepers(server) == 1)
        os.kill(pid, signal.SIGSTOP)
        try:
            process.send_signal(signal.SIGINT)
            wait_until("the second connection", lambda: len([fd for fd in os.listdir(f"/proc/{process.pid}/fd")
                       if os.readlink(f"/proc/{process.pid}/fd/{fd}").startswith("socket:")]) == 2)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130, process.returncode
        finally:
            os.kill(pid, signal.SIGCONT)
    server.sql("BEGIN NOT ATOMIC FOR p IN (SELECT id FROM information_schema.PROCESSLIST WHERE info LIKE '%SLEEP(60)%' AND id <> CONNECTION_ID()) "
               "DO EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', p.id); END FOR; END", "--delimiter=//")
    wait_until("the statement to end", lambda: sleepers(server) == 0)


def an_empty_line_confirms_nothing(server):
    code, text = server.terminal("ratelimit", "reset", "", "/pay").wait_for(b"Type yes").type(b"\n").end()
    assert code == 6, text


def wrong_command_lines_say_what_to_do(server):
    for arguments, words in (
            ((), "which command?"), (("nonsense",), "no command 'nonsense'"), (("client",), "one more word"), (("client", "frob"), "no command 'client frob'"),
            (("status", "--nonsense"), "no option --nonsense"), (("--gateway=x", "reconcile"), "come after it"), (("status", "-z"), "no option -z"),
            (("status", "extra"), "one argument too many"), (("discrepancies", "show"), "id is missing"), (("status", "--output=xml"), "table|json|csv"),
            (("status", "--output"), "needs a value"), (("status", "--dry-run"), "nothing to do with it"), (("usage", "check", "--yes"), "nothing to do with it"),
            (("alerts", "replay"), "either id or --all"), (("alerts", "replay", "1", "--all"), "either id or --all"),
            (("alerts", "silence", "x"), "--minutes is missing"), (("health", "--now=1"), "takes no value"), (("health", "--now", "--now"), "given twice"),
            (("pricing", "set", "1", "--price=1234567890123456", "--reason=x"), "15 digits"), (("reconcile", "--from=2025-01-01"), "both --from and --to"), (("reconcile", "--from=2025-01-02", "--to=2025-01-01"), "later"),
            (("reconcile", "--from=2020-01-01", "--to=2025-01-01"), "366 days"), (("completion", "tcsh"), "bash|zsh|fish"), (("help", "nonsense"), "no command"),
            (("status", "--port=65536"), "65535"), (("status", "--set=x"), "status runs running")):
        result = server.run(*arguments)
        assert result.code == 2 and words in result.err.decode() and result.out == b"", (arguments, words, result)
        result = server.run(*arguments, "--output=json") if "--output" not in arguments and "--output=xml" not in arguments else None
        assert result is None or json.loads(result.err)["error"]["code"] == "usage", result
    assert run("--version").out == run("version").out
    assert b"discrepancies list" in run("discrepancies", "--help").out and run("--help").code == 0


TESTS = [what_destroys_is_confirmed_by_a_word, a_password_is_asked_for_without_echo,
         a_password_is_not_shown_either_by_who_comes_back_to_the_question, colours_are_for_terminals, progress_is_drawn_on_a_terminal_only,
         rows_are_the_same_with_a_progress_beside_them, ctrl_c_between_two_days_begins_no_other,
         a_second_ctrl_c_ends_it_though_the_server_does_not_answer, an_empty_line_confirms_nothing,
         ctrl_c_ends_the_statement_on_the_server, wrong_command_lines_say_what_to_do]
