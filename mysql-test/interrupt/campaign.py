"""A campaign of interrupted calls (docs/internals/campaigns.md): each call is cut off at random moments of its way, and made again.

    campaign.py SECONDS [SEED] [--only PATTERN,...] [--sql FILE] [--dir DIR] [--keep]

PURSER_ROOT is the tree and PURSER_BUILD the build. The exit code is 0 without a finding, 1 with one, 2 where the arguments are wrong.
"""
import argparse
import fnmatch
import random
import re
import statistics
import time

import place  # which says where the next one is
import command
from calls import MAPPED, real_calls
from catalogue import Catalogue
from cut import CUT_OFF, MAY_COME, SPOILT, CannotBeTried, Cutter, Lost

TRIES = 5       # of a call before it is the next one's turn
WHOLE = 3       # first so many calls without an interruption: how long do they take?
REMEMBERED = 9  # of the times that they took
SLOW = 1.0      # seconds: what takes longer is not cut off
ENOUGH = 2      # findings of a call, or times that it could not be tried: then it is left
LISTED = 15     # calls in the table


def kind(error):
    """What is the same of two errors that say the same of other rows."""
    return error and (error[0], re.sub(r"\d+|'[^']*'", "*", error[1]))


class Tried:
    """What was done with a call, and came of it."""

    def __init__(self, call, seed):
        self.call = call
        self.rng = random.Random(f"{seed}/{call.name}")
        self.times, self.own = [], set()  # without an interruption: how long it takes, and the errors that it has
        self.first = None                 # an error of the first call on a connection
        self.tries = self.interrupted = self.findings = self.spoilt = 0
        self.trouble = []                 # what kept it from being tried

    def usual(self):
        return statistics.median(self.times[-REMEMBERED:])

    def is_left(self):
        return self.findings >= ENOUGH or len(self.trouble) >= ENOUGH or (self.times and self.usual() > SLOW)


class Campaign:
    def __init__(self, arguments, server):
        self.server, self.end = server, time.monotonic() + arguments.seconds
        catalogue = Catalogue(server)
        self.cutter = Cutter(server, catalogue, server.patience)
        self.seed, self.broken_off = arguments.seed, False
        self.all = [Tried(call, self.seed) for call in [*catalogue.calls, *real_calls()]
                    if any(fnmatch.fnmatchcase(call.name, pattern) for pattern in arguments.only)]

    def over(self):
        return time.monotonic() >= self.end

    def run(self):
        """In rounds, each in an order of its own: as long as there is time."""
        turn = 0
        while not self.over() and not all(tried.is_left() for tried in self.all):
            order = list(self.all)
            random.Random(f"{self.seed}/{turn}").shuffle(order)
            # to map a table is slow: those that need one are together
            order.sort(key=lambda tried: tried.call.before[:len(MAPPED)] == MAPPED)
            for tried in order:
                if not self.over() and not tried.is_left():
                    self.visit(tried, 1 if turn == 0 else TRIES)
            turn += 1

    def visit(self, tried, tries):
        try:
            for _ in range(1 if tried.times else WHOLE):
                if not tried.is_left():
                    self.learn(tried)
            for number in range(tries):
                if not tried.is_left() and (number == 0 or not self.over()):
                    self.once(tried)
        except CannotBeTried as error:
            tried.trouble.append(str(error))

    def learn(self, tried):
        """The call without an interruption. Returns its errors."""
        try:
            took, errors = self.cutter.whole(tried.call)
        except Lost as lost:
            self.lost(tried, lost, "not interrupted")
            return set()
        tried.times.append(took)
        tried.first = tried.first or kind(errors[0])
        tried.own.update(kind(error) for error in errors if error)
        return tried.own

    def once(self, tried):
        # all is drawn before anything is measured, for the next time
        part, by_kill = tried.rng.uniform(0.01, 1.1), tried.rng.random() < 0.5
        if not tried.times:
            return
        seconds = max(part * tried.usual(), 0.00002)
        tried.tries += 1
        how = f"{'KILL QUERY' if by_kill else 'max_statement_time'} after {seconds * 1000:.2f} of {tried.usual() * 1000:.2f} ms"
        try:
            error, later = self.cutter.cut(tried.call, seconds, by_kill)
        except Lost as lost:
            tried.interrupted += 1
            self.lost(tried, lost, how)
            return
        tried.interrupted += bool(error and error[0] in CUT_OFF)
        tried.spoilt += any(error and error[0] in SPOILT and kind(error) not in tried.own for error in later)
        odd = [error for error in later if error and error[0] not in MAY_COME and kind(error) not in tried.own]
        # others may have brought it into a state in which it says that to anybody
        if odd and kind(odd[0]) not in self.learn(tried):
            self.found(tried, how, "made again on that connection it fails, on another one it does not:"
                       f" {odd[0][0]} {odd[0][1]} ({len(odd)} of {len(later)} times)")

    def lost(self, tried, lost, how):
        self.cutter.close()
        ended, stack = place.begin_again(self.server)
        self.found(tried, how, f"{ended}, in {lost}", stack)

    def found(self, tried, how, what, stack=()):
        tried.findings += 1
        print(f"not ok - {tried.call.name}: {what}\n#   interrupted: {how}\n#   {tried.call.statement}")
        print("".join(f"#     {frame}\n" for frame in stack), end="", flush=True)

    def report(self):
        """Returns whether there was no finding."""
        done = [tried for tried in self.all if tried.tries]
        findings = sum(tried.findings for tried in self.all)
        print(f"\n{'':60} {'tries':>7} {'cut off':>7} {'findings':>8} {'ms':>8}")

        def row(name, some, usual=""):
            print(f"{name:60.60} {sum(tried.tries for tried in some):7} {sum(tried.interrupted for tried in some):7}"
                  f" {sum(tried.findings for tried in some):8} {usual:>8}")
        plain = [tried for tried in done if ":" not in tried.call.name and not tried.call.prepared]
        real = [tried for tried in done if tried not in plain]
        row(f"{len(plain)} routines with plain arguments", plain)
        row(f"{len(real)} calls with real ones", real)
        print(f"# cut off least, of {len(done)}:")
        for tried in sorted(done, key=lambda tried: (tried.interrupted, tried.tries, tried.call.name))[:LISTED]:
            row(tried.call.name, [tried], f"{tried.usual() * 1000:.1f}" if tried.times else "")
        left = [tried for tried in self.all if not tried.tries and not tried.is_left()]
        if left:
            print(f"# {len(left)} were not reached in that time: {', '.join(tried.call.name for tried in left[:LISTED])}"
                  + (", ..." if len(left) > LISTED else ""))
        for tried in self.all:
            if tried.times and tried.usual() > SLOW:
                print(f"# left out, it takes {tried.usual():.1f} s: {tried.call.name}")
            if tried.trouble:
                print(f"# {len(tried.trouble)} times not tried: {tried.trouble[-1]}")
        print(f"# connections for which a table or function was gone, as the docs say: {sum(tried.spoilt for tried in done)}")
        failing = [f"{tried.call.name}: {' '.join(map(str, tried.first))}" for tried in real if tried.first]
        print("".join(f"# fails also where nobody interrupts it: {line}\n" for line in failing), end="")
        print(f"{'not ok' if findings or self.broken_off else 'ok'} - {len(done)} calls, {sum(tried.interrupted for tried in done)} times cut off, {findings} findings")
        return not findings


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev interrupt",
                                     description="Cuts calls off at random moments, and makes them again: does the server live?")
    command.add_arguments(parser, "of calls; the server's start comes before")
    parser.add_argument("--only", type=lambda text: text.split(","), default=["*"], metavar="PATTERN,...",
                        help="calls whose name one of the patterns takes, as 'audit_*'")
    parser.add_argument("--sql", metavar="FILE", type=command.existing_file,
                        help="statements that come before the calls: further routines in the schema purser")
    return command.read_arguments(parser)


def campaign(arguments, directory):
    """Returns whether nothing was found."""
    server = place.begin(directory, arguments.patience, arguments.sql)
    try:
        run = Campaign(arguments, server)
        if not run.all:
            raise command.WrongArguments(f"there is no such call: {','.join(arguments.only)}")
        print(f"# {len(run.all)} calls, seed {arguments.seed}, {arguments.seconds} s", flush=True)
        try:
            run.run()
        except KeyboardInterrupt:
            run.broken_off = True
            raise
        finally:
            clean = run.report()
        return clean
    finally:
        server.close()


if __name__ == "__main__":
    command.run(read_arguments(), campaign)
