"""Where a campaign is made: a private server with the shop, and what its log says of its end."""
import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "chaos"))
# pylint: disable=wrong-import-position
from server import Server, ServerFailed, until  # noqa: E402
from shop import ACCOUNT, write_secrets         # noqa: E402

# What is confirmed may be lost here: the disk would take more of the time than the calls.
QUICK = "SET GLOBAL sync_binlog = 0, innodb_flush_log_at_trx_commit = 2"
FRAMES = 12
OF_NO_USE = ("my_print_stacktrace", "handle_fatal_signal", "__restore_rt")


def begin(directory, patience, more=None):
    """Starts the server and fills it. patience: seconds; more: a file of statements that come last."""
    root = os.environ["PURSER_ROOT"]
    server = Server(directory, root, os.environ["PURSER_BUILD"], types.SimpleNamespace(environment=dict), patience)
    try:
        write_secrets(directory)
        server.make(port=0, mail=9)  # no listener; no mail is sent
        server.start()
        server.client(ACCOUNT)
        server.rows(QUICK)
        server.script("sql", "install.sql")
        if not server.is_installed():
            server.client("INSTALL SONAME 'purser'")
        for name in ("schema", "data", "generate"):
            server.script("sql", "demo", f"{name}.sql")
        server.script(HERE, "shop.sql")
        if more:
            server.script(more)
        server.rows("FLUSH TABLES")  # rights are in Aria, which may keep them in memory yet
        server.wait_ready()
    except BaseException:
        server.close()
        raise
    return server


def begin_again(server):
    """After its end, or where it does not answer. Returns how it was found, and the stack of the thread that ended it."""
    try:
        until("its end", 30, lambda: not server.lives())
        code = server.process.returncode
        how = f"the server ended by signal {-code}" if code < 0 else f"the server ended with {code}"
    except ServerFailed:
        how = "the server goes on, and that connection is lost"
        server.kill()
    stack = stack_of(server)
    server.start()
    server.rows(QUICK)
    return how, stack


def stack_of(server):
    """The innermost functions, as the server's log has them since its start."""
    with open(os.path.join(server.dir, "mariadb.err"), encoding="utf-8", errors="replace") as file:
        lines = file.read().rpartition("-- start ")[2].partition("got signal")[2].splitlines()
    frames = [line.rpartition("/")[2].rpartition("[")[0] for line in lines if line.endswith("]") and "(" in line]
    return [frame for frame in frames if not any(name in frame for name in OF_NO_USE)][:FRAMES]
