"""The faults. Each is a function (campaign, rng) that brings it about and takes it away again, and returns what it did, for the journal.

A fault ends with the world as it was before: the server runs or is started again, the plugin is installed. What the server
then needs until all is well again is its own affair.
"""
import contextlib
import signal
import time

import pymysql

from server import until
from world import NAMES_FAIL, NAMES_HANG

FAULTS = {}
OUTSIDE = {}  # those that last, and that another one may fall into


def fault(weight, outside=False):
    def note(function):
        FAULTS[function.__name__] = (weight, function)
        if outside:
            OUTSIDE[function.__name__] = function
        return function
    return note


def last(campaign, rng, seconds):
    """While a fault of the world lasts: nothing else, or another one that falls into it."""
    inner, campaign.inner = campaign.inner, None
    time.sleep(seconds / 2)
    if inner:
        campaign.journal.note("fault within", name=inner, **FAULTS[inner][1](campaign, rng))
    time.sleep(seconds / 2)


# ---- the server's process

@fault(10)
def kill_9(campaign, rng):
    """kill -9, and in one of two again while the server recovers or just after it."""
    campaign.killed()
    campaign.server.kill()
    again = rng.choice([0, 0, 0, 1, 1, 3])
    for _ in range(again):
        campaign.server.start()
        time.sleep(rng.random() * 1.5)
        campaign.killed()
        campaign.server.kill()
    campaign.server.start()
    return {"again": again}


@fault(8)
def sigterm(campaign, rng):
    took = campaign.server.stop()
    time.sleep(rng.random())
    campaign.server.start()
    return {"took": round(took, 2)}


@fault(6)
def sigstop(campaign, rng):
    """The process stands still for some seconds: time-outs pass, nothing is lost."""
    seconds = 0.5 + rng.random() * 4
    campaign.server.send(signal.SIGSTOP)
    time.sleep(seconds)
    campaign.server.send(signal.SIGCONT)
    return {"seconds": round(seconds, 2)}


# ---- connections and the plugin

def execute(campaign, statement):
    """True where it was done. Of a server under fault a statement may fail."""
    try:
        campaign.server.rows(statement)
        return True
    except (pymysql.err.MySQLError, OSError):
        return False


@contextlib.contextmanager
def kills(campaign):
    """Around faults that KILL: what MariaDB leaves broken in its cache of tables is thrown away in the end."""
    campaign.load.some_were_killed = True
    yield
    execute(campaign, "FLUSH LOCAL TABLES")


@fault(8)
def kill_workers(campaign, rng):
    """All of Purser's connections, again and again."""
    times = rng.randrange(1, 12)
    with kills(campaign):
        for _ in range(times):
            execute(campaign, "KILL CONNECTION USER purser@localhost")
            time.sleep(rng.random() * 0.4)
    return {"times": times}


@fault(6)
def kill_some(campaign, rng):
    """Connections or their statements, of Purser and of the load, one here and one there."""
    times = rng.randrange(5, 40)
    with kills(campaign):
        for _ in range(times):
            # as many numbers are drawn whoever is there, so that the rest of the round is the same when it is repeated
            what, which, pause = rng.choice(["CONNECTION", "QUERY", "HARD CONNECTION"]), rng.random(), rng.random() * 0.1
            rows = campaign.server.rows("SELECT ID FROM information_schema.PROCESSLIST WHERE USER IN ('purser', 'chaos') AND ID <> CONNECTION_ID()")
            if rows:
                execute(campaign, f"KILL {what} {rows[int(which * len(rows))][0]}")
            time.sleep(pause)
    return {"times": times}


@fault(8)
def uninstall(campaign, rng):
    times = rng.randrange(1, 4)
    took = []
    for _ in range(times):
        before = time.monotonic()
        campaign.server.rows("UNINSTALL SONAME 'purser'")
        took.append(round(time.monotonic() - before, 2))
        time.sleep(rng.random() * 1.5)
        campaign.server.rows("INSTALL SONAME 'purser'")
        time.sleep(rng.random() * 0.7)
    return {"took": took}


@fault(3)
def uninstall_then_kill_9(campaign, rng):
    """kill -9 in the middle of UNINSTALL or INSTALL: afterwards it may be either way, and is installed where it is not."""
    connection = campaign.server.connect(autocommit=True)
    try:
        with connection.cursor() as cursor:
            sender = campaign.beside(lambda: cursor.execute("UNINSTALL SONAME 'purser'"))
            time.sleep(rng.random() * 0.4)
            campaign.killed()
            campaign.server.kill()
            sender.join()
    finally:
        connection.close()
    campaign.server.start()
    missing = not campaign.server.is_installed()
    if missing:
        campaign.limits_from = time.monotonic()  # without the plugin nobody takes up the limiter's counters
        campaign.server.rows("INSTALL SONAME 'purser'")
    return {"was_gone": missing}


@fault(4, outside=True)
def read_only(campaign, rng):
    """The server is demoted and promoted again: meanwhile Purser writes nothing."""
    seconds = 0.5 + rng.random() * 3
    campaign.server.rows("SET GLOBAL read_only = ON")
    last(campaign, rng, seconds)
    campaign.server.rows("SET GLOBAL read_only = OFF")
    return {"seconds": round(seconds, 2)}


@fault(4)
def global_lock(campaign, rng):
    """Nobody can commit for some seconds."""
    seconds = 0.5 + rng.random() * 4
    connection = campaign.server.connect(autocommit=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute("FLUSH TABLES WITH READ LOCK")
            time.sleep(seconds)
            cursor.execute("UNLOCK TABLES")
    finally:
        connection.close()
    return {"seconds": round(seconds, 2)}


@fault(4)
def constraints(campaign, rng):
    """Constraints are brought into force and taken back under load; in two of three the server is killed in the middle of one of the two."""
    kill_in = rng.choice(["apply", "revert", None])
    for what in ("apply", "revert"):
        sender = campaign.beside(lambda what=what: campaign.server.rows(f"CALL purser.{what}_constraints('itsxtrapush_db')"))
        if kill_in == what:
            time.sleep(rng.random() * rng.choice([0.1, 1]))
            campaign.killed()
            campaign.server.kill()
        sender.join()
        if kill_in == what:
            campaign.server.start()

    def all_gone():
        execute(campaign, "CALL purser.revert_constraints('itsxtrapush_db')")
        return campaign.server.value("SELECT COUNT(*) FROM purser.constraint_objects") == 0
    until("the constraints to be gone", campaign.patience, all_gone, 0.3)
    return {"killed_in": kill_in}


# ---- the disk, the clock

@fault(6)
def disk_full(campaign, rng):
    """What would make a file longer fails; in one of three the server is killed while it is so. One that ended by itself is started again."""
    seconds = 0.5 + rng.random() * 3
    campaign.load.disk_was_full = True
    campaign.world.set_disk_full(True)
    time.sleep(seconds)
    kill = rng.random() < 0.33
    if kill:
        campaign.killed()
        campaign.server.kill()
    campaign.world.set_disk_full(False)
    gave_up = not kill and campaign.server.gave_up()
    if gave_up:
        campaign.killed()
        campaign.server.process.wait()
    if kill or gave_up:
        campaign.server.start()
    return {"seconds": round(seconds, 2), "killed": kill, "gave_up": gave_up, "writes_refused": campaign.world.met()[0]}


STEPS = (-86400, -3600, -61, -5, -0.5, 0.5, 5, 61, 3600, 86400)


@fault(6, outside=True)
def clock_steps(campaign, rng):
    """The wall clock is set, some times, and put right in the end."""
    steps = [rng.choice(STEPS) for _ in range(rng.randrange(1, 4))]
    for step in steps:
        campaign.world.set_clock(step)
        last(campaign, rng, 0.5 + rng.random() * 2)
    campaign.world.set_clock(0)
    return {"steps": steps}


# ---- gateways, names, receivers

ANSWERS = ({"kind": "status", "code": 500}, {"kind": "status", "code": 429, "retry_after": "1"}, {"kind": "status", "code": 401}, {"kind": "not_json"},
           {"kind": "wrong_types"}, {"kind": "drop_connection"}, {"kind": "drop_connection", "at": "body"}, {"kind": "truncated_json"},
           {"kind": "hang"}, {"kind": "delay", "ms": 800}, {"kind": "duplicate_records"}, {"kind": "slow_body"}, {"kind": "first_byte_stall", "ms": 900},
           {"kind": "repeated_cursor"}, {"kind": "wrong_content_length"}, {"kind": "endless_pages", "times": 5})


@fault(10, outside=True)
def gateways_answer_badly(campaign, rng):
    seconds = 0.5 + rng.random() * 4
    chosen = {}
    for gateway in rng.sample(["square", "paychangu"], rng.randrange(1, 3)):
        chosen[gateway] = [dict(rng.choice(ANSWERS)) for _ in range(rng.randrange(1, 3))]
        campaign.gateways.set_faults(gateway, chosen[gateway])
    last(campaign, rng, seconds)
    campaign.gateways.put_right()
    return {"seconds": round(seconds, 2), "faults": chosen}


@fault(6, outside=True)
def network_drops(campaign, rng):
    """Between the server and a gateway: connections are cut, or stay and carry nothing."""
    seconds = 0.5 + rng.random() * 4
    modes = {gateway: rng.choice(["cut", "hold", "pass"]) for gateway in campaign.gateways.proxies}
    for gateway, mode in modes.items():
        campaign.gateways.proxies[gateway].set_mode(mode)
    last(campaign, rng, seconds)
    campaign.gateways.put_right()
    return {"seconds": round(seconds, 2), "modes": modes}


@fault(6, outside=True)
def no_names(campaign, rng):
    """The name server answers that it cannot say, or not at all; in one of two the plugin is uninstalled meanwhile."""
    seconds = 0.5 + rng.random() * 3
    how = rng.choice([NAMES_FAIL, NAMES_HANG])
    campaign.world.set_names(how)
    last(campaign, rng, seconds)
    gone = rng.random() < 0.5
    took = None
    if gone:
        before = time.monotonic()
        campaign.server.rows("UNINSTALL SONAME 'purser'")
        took = round(time.monotonic() - before, 2)
        campaign.server.rows("INSTALL SONAME 'purser'")
    campaign.world.set_names(0)
    return {"seconds": round(seconds, 2), "hang": how == NAMES_HANG, "uninstall_took": took, "names_asked": campaign.world.met()[1]}


@fault(8, outside=True)
def receivers_fail(campaign, rng):
    """Mail server and receiver of posts refuse for now, break off, forget to answer, or hang."""
    seconds = 0.5 + rng.random() * 4
    modes = {kind: rng.choice(["later", "drop", "forget", "hang", "accept"]) for kind in ("mail", "post")}
    campaign.receiver.mode.update(modes)
    last(campaign, rng, seconds)
    campaign.receiver.mode.update(mail="accept", post="accept")
    return {"seconds": round(seconds, 2), "modes": modes}


def choose(rng, names=None):
    """The faults of a round: one; or two, one after the other; or two, of which the second falls into the first (which then has a + behind
    its name)."""
    known = [name for name in FAULTS if not names or name in names]
    weights = [FAULTS[name][0] for name in known]
    chosen = rng.choices(known, weights, k=2 if rng.random() < 0.4 else 1)
    if len(chosen) == 2 and chosen[0] in OUTSIDE and chosen[1] not in OUTSIDE:
        chosen[0] += "+"
    return chosen
