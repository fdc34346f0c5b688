"""What the load intended, and what became of it, outside of the server.

An operation is one transaction of the server, with a row in chaos.markers. Its outcome is `committed` (the server said so),
`refused` (no COMMIT was sent, or the server was told to roll back) or `unknown` (the connection went away in COMMIT).
The marker then says which.
"""
import json
import threading
import time

COMMITTED, REFUSED, UNKNOWN = "committed", "refused", "unknown"


class Op:
    def __init__(self, number, kind, facts):
        self.number, self.kind, self.facts = number, kind, facts
        self.outcome, self.error = UNKNOWN, None

    @property
    def is_done(self):
        return self.outcome == COMMITTED


class Journal:
    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.ops = []

    def _write(self, what):
        self.file.write(json.dumps(what, separators=(",", ":")) + "\n")
        self.file.flush()

    def intend(self, op):
        with self.lock:
            self.ops.append(op)
            self._write({"op": op.number, "kind": op.kind, **op.facts})

    def end(self, op, outcome, error=None):
        with self.lock:
            op.outcome, op.error = outcome, error
            self._write({"op": op.number, "outcome": outcome, "error": error})

    def note(self, what, **more):
        with self.lock:
            self._write({"note": what, "at": time.strftime("%H:%M:%S", time.gmtime()), **more})

    def resolve(self, markers):
        """Gives each unknown operation its outcome, by the markers that are in the database. Returns what is wrong: a committed
        operation without a marker, a refused one with one."""
        wrong = []
        for op in self.ops:
            is_there = op.number in markers
            if op.outcome == UNKNOWN:
                self.end(op, COMMITTED if is_there else REFUSED, op.error)
            elif is_there != op.is_done:
                wrong.append(f"operation {op.number} ({op.kind}) was {op.outcome}, and its marker is {'there' if is_there else 'gone'}")
        return wrong

    def forget(self):
        """The operations of a round that is over stay in the file alone."""
        with self.lock:
            self.ops = []
