"""The soak: the load of the campaign at full rate and without faults, for long. Every ten seconds what the server's process holds and
how long statements take; every minute the oracle; in the end whether all that stayed as it was.
"""
import csv
import glob
import os
import time

import load
import settle
import shop

EVERY = 10      # seconds between two samples
SEGMENT = 60    # seconds of load between two looks of the oracle: a business day of its own
WARM = 0.25     # of the samples, at the begin: caches fill
KINDS = ("order", "pay", "stock", "stock_once", "ledger", "usage", "message", "limit")
COUNTERS = {"runs": "Purser_runs_complete", "sealed": "Purser_audit_rows_sealed", "sent": "Purser_outbox_sent", "checks": "Purser_health_checks_run"}


def of_process(pid, *names):
    """Numbers of /proc/PID/status, in KiB where it says so."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return [int(fields[name].split()[0]) for name in names]


def percentile(sorted_values, part):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


class Sampler:
    def __init__(self, server):
        self.server, self.rows, self.quiet, self.counted = server, [], [], None
        self.begin = time.monotonic()
        self.last = self.begin

    def counters(self):
        status = dict(self.server.rows("SHOW GLOBAL STATUS LIKE 'purser%%'"))
        return {name: int(status.get(variable, 0)) for name, variable in COUNTERS.items()}

    def skip(self):
        """What was since the last sample is not looked at: the load stood still."""
        self.last, self.counted = time.monotonic(), self.counters()

    def held(self):
        """What the process holds now."""
        anonymous, resident, threads = of_process(self.server.process.pid, "RssAnon", "VmRSS", "Threads")
        descriptors, sockets = self.server.descriptors()
        heap, kept = self.server.world.heap()
        return {"seconds": round(time.monotonic() - self.begin, 1), "heap_mib": round(heap / 1048576, 2), "kept_mib": round(kept / 1048576, 2),
                "pool_mib": round(int(self.server.value("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                                                        " WHERE VARIABLE_NAME = 'Innodb_buffer_pool_bytes_data'")) / 1048576, 2),
                "anonymous_mib": round(anonymous / 1024, 2), "resident_mib": round(resident / 1024, 2), "threads": threads,
                "purser_threads": len(self.server.threads()), "descriptors": descriptors, "sockets": sockets,
                "temporary_files": len(glob.glob(os.path.join(self.server.dir, "tmp", "*"))),
                "connections": self.server.value("SELECT COUNT(*) FROM information_schema.PROCESSLIST"),
                "purser_connections": self.server.value("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER LIKE 'purser%%'")}

    def sample(self, times):
        now, counted = time.monotonic(), self.counters()
        seconds = now - self.last
        row = self.held()
        row["operations_per_s"] = round(sum(len(values) for values in times.values()) / seconds, 1)
        for kind in KINDS:
            values = sorted(times.get(kind, ()))
            for name, part in (("p50", 0.5), ("p99", 0.99)):
                row[f"{kind}_{name}_ms"] = round(percentile(values, part) * 1000, 3) if values else ""
        for name, value in counted.items():
            row[f"{name}_per_s"] = round((value - self.counted[name]) / seconds, 2)
        self.rows.append(row)
        self.last, self.counted = now, counted

    def write(self, path):
        for name, rows in ((path, self.rows), (path.replace(".csv", "-quiet.csv"), self.quiet)):
            with open(name, "w", encoding="ascii", newline="") as file:
                writer = csv.DictWriter(file, rows[0])
                writer.writeheader()
                writer.writerows(rows)


def slope(points):
    """Least squares: (slope, its standard error) of [(x, y)]."""
    n = len(points)
    mean_x, mean_y = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    squares = sum((x - mean_x) ** 2 for x, _ in points)
    if n < 3 or not squares:
        return 0.0, 0.0
    a = sum((x - mean_x) * (y - mean_y) for x, y in points) / squares
    rest = sum((y - mean_y - a * (x - mean_x)) ** 2 for x, y in points)
    return a, (rest / (n - 2) / squares) ** 0.5


# How much of its mean each may grow in the time that was looked at; what is below its own noise is no growth. What the process holds
# is looked at between two minutes, when all is quiet: a leak stays. The heap is what is allocated. Of anonymous memory a part is what
# was given back and the allocator keeps, and a part is InnoDB's buffer pool, which fills while the tables grow (pool_mib: that tells
# why the other two grow, and is not judged).
HELD = [("heap_mib", 0.05), ("kept_mib", 0.3), ("anonymous_mib", 0.3), ("resident_mib", 0.3), ("threads", 0.05), ("purser_threads", 0), ("descriptors", 0.1),
        ("sockets", 0.1), ("temporary_files", 0), ("connections", 0.1), ("purser_connections", 0.1)]
TIMES = [(f"{kind}_{name}_ms", bound) for kind in KINDS for name, bound in (("p50", 0.3), ("p99", 0.5))]


def verdicts(rows, bounds):
    """(name, mean of the first third, of the last third, growth in an hour, verdict) of each, after the warm-up."""
    rows = rows[int(len(rows) * WARM):]
    third = max(1, len(rows) // 3)
    for name, bound in bounds:
        points = [(row["seconds"], float(row[name])) for row in rows if row[name] != ""]
        if len(points) < 6:
            continue
        a, error = slope(points)
        mean = sum(y for _, y in points) / len(points)
        grown = a * (points[-1][0] - points[0][0])
        flat = grown <= bound * mean or a <= 2 * error
        yield (name, sum(y for _, y in points[:third]) / third, sum(y for _, y in points[-third:]) / third, a * 3600, "flat" if flat else "GROWS")


def report(sampler, path):
    sampler.write(path)
    print(f"# {len(sampler.rows)} samples: {path}")
    print(f"{'':24} {'first third':>12} {'last third':>12} {'per hour':>12}")
    clean = True
    for name, first, last, hourly, verdict in [*verdicts(sampler.quiet, HELD), *verdicts(sampler.rows, TIMES)]:
        print(f"{name:24} {first:12.2f} {last:12.2f} {hourly:+12.2f}  {verdict}")
        clean = clean and verdict == "flat"
    for name in ["operations_per_s"] + [f"{name}_per_s" for name in COUNTERS]:
        values = [row[name] for row in sampler.rows]
        print(f"{name:24} {sum(values) / len(values):12.2f} on average")
    return clean


def segment(campaign, sampler, number, end):
    """A minute of load with its samples, and what differs after it."""
    shop.add_clients(campaign.server, number)
    campaign.journal.note("segment", number=number)
    campaign.load = load.Load(campaign.server, campaign.gateways, campaign.seed, number, campaign.journal)
    settle.set_condition(campaign, number, "critical")
    campaign.load.start()
    sampler.skip()
    stop = min(time.monotonic() + SEGMENT, max(end, time.monotonic() + EVERY))
    while time.monotonic() < stop:
        time.sleep(EVERY)
        sampler.sample(campaign.load.take_times())
    campaign.load.stop()
    settle.settle(campaign, number)
    sampler.quiet.append(sampler.held())
    campaign.admitted = load.recent(campaign.admitted) + campaign.load.admitted
    wrong = campaign.oracle.after(campaign.load, campaign.kills, campaign.admitted) + list(campaign.oracle.log(False))
    campaign.journal.forget()
    campaign.server.rows("PURGE BINARY LOGS BEFORE NOW()")
    return wrong


def soak(campaign, arguments):
    # a run looks at its own day: else each would look at what all before it have found, and take longer and longer
    campaign.server.rows("SET GLOBAL purser_reconcile_lookback_days = 0")
    sampler = Sampler(campaign.server)
    end = time.monotonic() + arguments.seconds
    number, clean = 1, True
    try:
        while time.monotonic() < end and clean:
            wrong = segment(campaign, sampler, number, end)
            row = {**sampler.rows[-1], **sampler.quiet[-1]}
            print(f"{'not ok' if wrong else 'ok'} - minute {number}: {row['operations_per_s']:.0f} operations/s, {row['heap_mib']:.0f} MiB,"
                  f" {row['descriptors']} descriptors, {row['threads']} threads", flush=True)
            print("".join(f"#   {line}\n" for line in wrong), end="")
            clean = not wrong
            number += 1
    finally:
        if sampler.quiet:  # who has interrupted it wants to know what there was until then
            flat = report(sampler, os.path.join(campaign.build, "soak.csv"))  # the directory goes
    return flat and clean
