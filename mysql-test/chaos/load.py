"""The load: threads with a connection each, that do what an application does, and write down what they intend and what became
of it. What each does next comes from a generator of its own.
"""
import random
import threading
import time

import pymysql

import operations
from journal import COMMITTED, REFUSED, UNKNOWN, Op

# Errors that a fault may bring, in any statement: what is gone, killed, waited for too long, or has no space.
LOST = {2002, 2003, 2006, 2013, 2014, 2055, 0, 1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031}
BORNE = LOST | {1205, 1213, 1317, 1969, 1290, 1836, 1040}
# What a table answers that a connection was opening when it was killed, as long as it stays in the server's cache: a fault of
# MariaDB's (10.11), with whatever triggers. The faults that kill end with FLUSH TABLES.
BROKEN_TRIGGER = "has an error in its body"
FULL = {3, 28, 1021, 1026, 1030, 1114, 1290, 1180, 1194, 1194, 1195, 1598, 1034, 1296, 1025, 1033, 1194, 1296, 1875}


def number_of(error):
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def recent(calls):
    """Those of (key, before, after) that a limit may still count."""
    return [call for call in calls if call[1] > time.monotonic() - 200]


class Worker(threading.Thread):
    """Chooses operations until it is told to stop. A subclass, or `choices`, says which."""

    def __init__(self, load, number, choices):
        super().__init__(name=f"load {number}", daemon=True)
        self.load, self.number, self.choices = load, number, choices
        self.rng = random.Random(f"{load.seed}/{load.round}/load/{number}")
        self.connection = None
        self.count = 0

    def run(self):
        try:
            while not self.load.over.is_set():
                self.one(self.rng.choice(self.choices))
        except Exception as error:  # pylint: disable=broad-except
            self.load.surprise(self.name, f"{type(error).__name__}: {error}")
        finally:
            self.drop()

    def one(self, kind):
        if not self.connect():
            return
        self.count += 1
        number = (self.load.round * 10000000 + self.number * 100000 + self.count) * 10
        kind(self, number)
        if self.load.pause:
            self.load.over.wait(self.rng.random() * 2 * self.load.pause)

    # ---- its connection

    def connect(self):
        while self.connection is None and not self.load.over.is_set():
            try:
                self.connection = self.load.server.connect(timeout=self.load.timeout)
            except (pymysql.err.MySQLError, OSError) as error:
                if isinstance(error, pymysql.err.MySQLError) and number_of(error) not in BORNE:
                    self.load.surprise("connect", str(error))
                self.load.over.wait(0.1)
        return self.connection is not None

    def drop(self):
        if self.connection is not None:
            try:
                self.connection.close()
            except (pymysql.err.MySQLError, OSError):
                pass
            self.connection = None

    def failed(self, what, error, more=frozenset()):
        """After an error: the connection is dropped where it is gone, and an error that no fault explains is noted."""
        code = number_of(error)
        if code in LOST or not isinstance(error, pymysql.err.MySQLError):
            self.drop()
        elif self.load.some_were_killed and BROKEN_TRIGGER in str(error):
            pass
        elif code not in BORNE and code not in more and not (self.load.disk_was_full and code in FULL):
            self.load.surprise(what, str(error))
        return code

    # ---- one transaction

    def transaction(self, number, kind, facts, body):
        """body(cursor) within a transaction that has a marker; one in ten is rolled back. Returns the outcome."""
        op = Op(number, kind, facts)
        rolls_back = self.rng.random() < 0.1
        self.load.journal.intend(op)
        sent, before = False, time.monotonic()
        try:
            with self.connection.cursor() as cursor:
                self.connection.begin()
                if self.rng.random() < 0.5:
                    cursor.execute("INSERT INTO chaos.markers VALUES (%s)", (number,))
                    body(cursor)
                else:
                    body(cursor)
                    cursor.execute("INSERT INTO chaos.markers VALUES (%s)", (number,))
                if rolls_back:
                    self.connection.rollback()
                    outcome = REFUSED
                else:
                    sent = True
                    self.connection.commit()
                    outcome = COMMITTED
            self.load.took(kind, before)
            self.load.journal.end(op, outcome)
        except (pymysql.err.MySQLError, OSError) as error:
            self.failed(kind, error)
            self.roll_back()
            outcome = UNKNOWN if sent else REFUSED
            self.load.journal.end(op, outcome, str(error))
        return outcome

    def roll_back(self):
        if self.connection is not None:
            try:
                self.connection.rollback()
            except (pymysql.err.MySQLError, OSError):
                self.drop()

    def ask(self, what, statement, arguments=(), more=frozenset()):
        """A statement that commits by itself, with nothing in the journal: its rows, or None where it failed."""
        try:
            before = time.monotonic()
            with self.connection.cursor() as cursor:
                self.connection.autocommit(True)
                cursor.execute(statement, arguments)
                rows = cursor.fetchall()
                while cursor.nextset():
                    pass
                self.connection.autocommit(False)
                self.load.took(what, before)
                return rows
        except (pymysql.err.MySQLError, OSError) as error:
            self.failed(what, error, more)
            self.load.cut_short.add(what)
            self.drop()
            return None


class Load:
    """All workers of a round."""

    def __init__(self, server, gateways, seed, number, journal, pause=0.0):
        self.server, self.gateways, self.seed, self.round, self.pause = server, gateways, seed, number, pause
        self.journal = journal
        self.over = threading.Event()
        self.began = time.monotonic()
        self.disk_was_full = False
        self.prune_before = None  # audit rows from before this moment may go
        self.timeout = 120
        self.surprises = []
        self.some_were_killed = False
        self.cut_short = set()  # statements that failed at least once
        self.day = operations.day_of(number)
        self.clock = time.monotonic
        self.keys = {}      # idempotency key: deltas, and whether a batch with it was answered
        # (key, before, after): what the limiter let in, what it refused, and calls whose answer nobody got
        self.admitted, self.refused, self.unanswered = [], [], []
        self.clock_was_set = False
        self.times = {}     # kind: seconds, for the soak
        self.lock = threading.Lock()
        self.workers = [Worker(self, n, choices) for n, choices in enumerate(operations.WORKERS)]

    def surprise(self, what, text):
        with self.lock:
            if len(self.surprises) < 50:
                self.surprises.append(f"{what}: {text}")

    def took(self, kind, before):
        with self.lock:
            self.times.setdefault(kind, []).append(time.monotonic() - before)

    def done(self):
        """How many transactions and statements there were."""
        with self.lock:
            return sum(len(values) for values in self.times.values())

    def take_times(self):
        """Those since the last call: {kind: seconds of each}."""
        with self.lock:
            times, self.times = self.times, {}
            return times

    def limited(self, key, before, after, answer):
        with self.lock:
            (self.unanswered if answer is None else self.admitted if answer else self.refused).append((key, before, after))

    def keyed(self, key, deltas):
        self.journal.note("batch", key=key, deltas=deltas)
        with self.lock:
            self.keys[key] = (deltas, False)

    def key_answered(self, key):
        self.journal.note("answered", key=key)
        with self.lock:
            self.keys[key] = (self.keys[key][0], True)

    def start(self):
        for worker in self.workers:
            worker.start()

    def stop(self):
        self.over.set()
        for worker in self.workers:
            worker.join(self.timeout * 2)
            if worker.is_alive():
                self.surprise(worker.name, "does not end")
