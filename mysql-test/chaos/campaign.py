"""A campaign: rounds of load and faults on one server, and after each the oracle (docs/internals/campaigns.md).

    campaign.py chaos SECONDS SEED [--rounds N] [--from N] [--only FAULT,...] [--tamper] [--dir DIR] [--keep]
    campaign.py soak SECONDS [SEED] [--dir DIR] [--keep]

PURSER_ROOT is the tree and PURSER_BUILD the build. The exit code is 0 where all rounds were clean, 1 where one was not, 2 where
the arguments are wrong.
"""
import argparse
import os
import random
import socket
import subprocess
import threading
import time

import command
import faults
import load
import outside
import settle
import shop
import soak
import tamper
from journal import Journal
from oracle import Oracle
from server import Server, ServerFailed, until
from world import World


def free_port():
    """Below those that the kernel gives to connections: it is listened on again after each start of the server."""
    while True:
        with socket.socket() as taken:
            port = random.randrange(20000, 30000)
            if taken.connect_ex(("127.0.0.1", port)):
                return port


class Campaign:
    """The server and the world around it, for all rounds. begin() starts it all, close() ends it."""

    def __init__(self, arguments, directory):
        self.seed, self.only, self.tamper = arguments.seed, arguments.only, arguments.tamper
        self.patience, self.dir = arguments.patience, directory
        self.gateways = self.server = self.receiver = self.oracle = self.load = None
        self.inner = None   # the fault that falls into the one that lasts now
        self.kills = []     # moments of kill -9
        self.limits_from = 0  # what was admitted before is not known to the limiter
        self.admitted = []  # what the limiter let in, of all rounds
        self.journal = Journal(os.path.join(self.dir, "journal"))
        self.world = World(self.dir, arguments.preload)
        self.root, self.build = os.environ["PURSER_ROOT"], os.environ["PURSER_BUILD"]

    def begin(self):
        loop = outside.Loop()
        self.receiver = outside.Receiver(loop)
        self.gateways = outside.Gateways(self.dir, os.path.join(self.build, "mysql-test", "sim", "purser-sim"), loop)
        shop.write_secrets(self.dir)
        self.server = Server(self.dir, self.root, self.build, self.world, self.patience)
        self.server.make(free_port(), self.receiver.mail_port)
        self.server.start()
        shop.install(self.server, self.gateways, self.receiver)
        self.oracle = Oracle(self.server, self.gateways, self.receiver)
        settle.wait_quiet(self)

    def killed(self):
        self.kills.append(time.monotonic())

    def beside(self, action):
        """A thread that does it; that it fails is expected."""
        def run():
            try:
                action()
            except Exception:  # pylint: disable=broad-except
                pass
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def round(self, number):
        """One round. Returns the names of its faults, and what differs after it."""
        rng = random.Random(f"{self.seed}/{number}")
        shop.add_clients(self.server, number)
        chosen = faults.choose(rng, self.only)
        names = list(chosen)
        self.journal.note("round", number=number, faults=chosen)
        former, self.load = self.load, load.Load(self.server, self.gateways, self.seed, number, self.journal, pause=0.02)
        self.load.unanswered += load.recent(former.unanswered) if former else []
        self.load.clock_was_set = any(name.startswith("clock") for name in chosen)
        if not self.load.clock_was_set:  # else rows of this round may be dated before it
            self.load.prune_before = self.server.value("SELECT UTC_TIMESTAMP(6)")
        settle.set_condition(self, number, "critical")
        self.load.start()
        wrong = []
        try:
            while names:
                time.sleep(0.5 + rng.random() * 2)
                name = names.pop(0)
                self.inner = names.pop(0) if name.endswith("+") else None
                did = faults.FAULTS[name.rstrip("+")][1](self, rng)
                self.journal.note("fault", name=name, **did)
            time.sleep(0.5 + rng.random())
            if self.tamper:
                until("a load that is worth looking at", self.patience, lambda: self.load.done() > 700 and self.somebody_is_told(number), 0.3)
            if not self.server.lives():
                raise ServerFailed(f"the server ended by itself with {self.server.process.returncode}")
            self.load.stop()
            self.admitted = load.recent(self.admitted) + self.load.admitted
            self.admitted = [event for event in self.admitted if event[1] > self.limits_from]
            settle.settle(self, number)
            if self.tamper:
                wrong += tamper.try_all(self)
            wrong += self.oracle.after(self.load, self.kills, self.admitted)
        except ServerFailed as failure:
            self.server.stacks()
            self.load.stop()
            wrong += self.load.surprises + [str(failure)]
        wrong += self.oracle.log(self.load.disk_was_full)
        self.journal.note("over", number=number, wrong=wrong)
        self.journal.forget()
        return chosen, wrong

    def somebody_is_told(self, number):
        """Has a client of the round used so much that it is to be told?"""
        used = self.server.value("SELECT MAX(n) FROM (SELECT SUM(transactions) AS n FROM purser.client_usage WHERE client_id BETWEEN %s AND %s"
                                 " GROUP BY client_id) AS used", number * 10 + 1, number * 10 + 3)
        return used is not None and int(used) * 100 >= shop.PACKAGE_TRANSACTIONS * min(shop.THRESHOLDS)

    def close(self):
        for what in (self.server, self.gateways):
            if what:
                what.close()


def chaos(campaign, arguments):
    begin = time.monotonic()
    number, clean = arguments.first, 0
    counts = {}
    while (arguments.rounds is None or clean < arguments.rounds) and time.monotonic() - begin < arguments.seconds:
        before = time.monotonic()
        names, wrong = campaign.round(number)
        for name in names:
            counts[name.rstrip("+")] = counts.get(name.rstrip("+"), 0) + 1
        done = campaign.load.done()
        print(f"{'not ok' if wrong else 'ok'} - round {number}: {', '.join(names)} ({time.monotonic() - before:.1f} s, {done} operations)", flush=True)
        if wrong:
            print("\n".join(f"#   {line}" for line in wrong))
            more = (f" --only {','.join(arguments.only)}" if arguments.only else "") + (" --tamper" if arguments.tamper else "")
            print(f"# to repeat: ./dev chaos {arguments.seconds} {arguments.seed} --from {number} --rounds 1{more}")
            return False
        clean += 1
        number += 1
    print("# faults: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"1..{clean}")
    return True


def names_of_faults(text):
    names = text.split(",")
    for name in names:
        if name not in faults.FAULTS:
            raise argparse.ArgumentTypeError(f"there is no fault '{name}': {', '.join(faults.FAULTS)}")
    return names


def library(name):
    """The loader only warns of one that it does not find."""
    said = subprocess.run(["true"], env={**os.environ, "LD_PRELOAD": name}, stderr=subprocess.PIPE, text=True, check=False).stderr
    if said:
        raise argparse.ArgumentTypeError(said.strip())
    return name


def read_arguments():
    """What only one of the two knows is not set for the other."""
    parser = argparse.ArgumentParser(prog="./dev", description="Breaks a server on purpose, or lets it run for long.")
    parser.set_defaults(only=None, tamper=False, preload=None)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("chaos", "soak"):
        parts = commands.add_parser(name)
        command.add_arguments(parts, "of load; the server's start comes before")
        if name == "soak":
            parts.add_argument("--preload", metavar="LIBRARY", type=library, help="into the server: another allocator, as libjemalloc.so.2")
        else:
            parts.add_argument("--rounds", type=command.positive, help="so many at most")
            parts.add_argument("--from", dest="first", type=command.positive, default=1, help="the first round")
            parts.add_argument("--tamper", action="store_true", help="make things wrong after each round: does the oracle say so?")
            parts.add_argument("--only", type=names_of_faults, help="these faults: " + ", ".join(faults.FAULTS))
    return command.read_arguments(parser)


def run(arguments, directory):
    campaign = Campaign(arguments, directory)
    try:
        campaign.begin()
        clean = chaos(campaign, arguments) if arguments.command == "chaos" else soak.soak(campaign, arguments)
        if clean:
            campaign.server.stop()
        return clean
    finally:
        campaign.close()


if __name__ == "__main__":
    command.run(read_arguments(), run)
