"""A million rows, and what becomes of an answer that breaks off."""
import json
import os
import subprocess
import time

from command import CHECKED, PLAIN, environment, wait_until

ROWS = 1000000


def prepare_rows(server):
    server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.list_clients(f LONGTEXT) SELECT seq AS client_id, CONCAT('client ', seq) AS name, "
               "CONCAT(seq, '@example.com') AS email, 'pro' AS package, 'active' AS status, '2025-07' AS month, CAST(seq AS DECIMAL(19,4)) AS volume, "
               f"10000000.0000 AS volume_limit, 'MWK' AS currency FROM seq_1_to_{ROWS}//\n")


def memory_of(process):
    """The most that it ever had in memory, in KiB, once it has ended. (ru_maxrss would count what it was forked from.)"""
    most = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                most = max([most] + [int(line.split()[1]) for line in status if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.02)
    return most


def a_million_rows_stream_in_little_memory(server):
    prepare_rows(server)
    for output, lines in (("table", ROWS + 2), ("json", ROWS + 2), ("csv", ROWS + 1)):
        path = os.path.join(server.dir, "rows")
        with open(path, "wb") as out:
            process = subprocess.Popen([PLAIN, *server.connect, "client", "list", "--output=" + output], stdout=out, env=environment())
            most = memory_of(process)
        with open(path, "rb") as rows:
            count = sum(1 for _ in rows)
        os.unlink(path)
        assert process.returncode == 0 and count == lines, (output, process.returncode, count)
        print(f"# {output}: {most} KiB")
        assert 0 < most < 32 * 1024, (output, most)


def break_off(server, output):
    process = subprocess.Popen([CHECKED, *server.connect, "client", "list", "--output=" + output], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=environment())
    first = process.stdout.read(1000)
    server.sql("BEGIN NOT ATOMIC FOR p IN (SELECT id FROM information_schema.PROCESSLIST WHERE info LIKE '%seq_1_to%' AND id <> CONNECTION_ID()) "
               "DO EXECUTE IMMEDIATE CONCAT('KILL CONNECTION ', p.id); END FOR; END", "--delimiter=//")
    rest, err = process.communicate(timeout=120)
    return process.returncode, first + rest, err


def half_an_answer_does_not_look_like_a_whole_one(server):
    prepare_rows(server)
    code, out, err = break_off(server, "json")
    assert code == 3 and out.startswith(b"[\n{"), (code, err)
    assert json.loads(err)["error"]["code"] == "connection", err
    try:
        json.loads(out)
        assert False, "it can be read"
    except ValueError:
        pass
    for output in ("csv", "table"):
        code, out, err = break_off(server, output)
        assert code == 3 and out and err.startswith(b"purser: error 20"), (code, err)


def a_reader_that_goes_away_ends_it(server):
    prepare_rows(server)
    process = subprocess.Popen([CHECKED, *server.connect, "client", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    process.stdout.read(100)
    process.stdout.close()
    assert process.wait(60) == -13 and process.stderr.read() == b""
    process.stderr.close()
    running = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE info LIKE '%seq_1_to%' AND id <> CONNECTION_ID()"
    wait_until("the statement to end", lambda: server.sql(running) == "0")


def a_full_disk_is_told(server):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([CHECKED, *server.connect, "package", "list", "--help"], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
        assert done.returncode == 5 and b"No space left" in done.stderr, done
        done = subprocess.run([CHECKED, *server.connect, "client", "list"], stdout=full, stderr=subprocess.PIPE, env=environment(), check=False)
        assert done.returncode == 5 and b"No space left" in done.stderr, done


def a_closed_stdout_is_told_and_nothing_goes_to_the_server_instead(server):
    for closed in (">&-", "<&- >&-", "<&-"):
        done = subprocess.run(["bash", "-c", 'exec "$@" ' + closed, "bash", CHECKED, *server.connect, "discrepancies", "list", "--state=all"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment(), check=False)
        if ">" in closed:
            assert done.returncode == 5 and b"Bad file descriptor" in done.stderr, done
        else:
            assert done.returncode == 0 and done.stderr == b"", done


TESTS = [a_million_rows_stream_in_little_memory, half_an_answer_does_not_look_like_a_whole_one, a_reader_that_goes_away_ends_it, a_full_disk_is_told,
         a_closed_stdout_is_told_and_nothing_goes_to_the_server_instead]
