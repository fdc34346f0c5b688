"""Compares the database after a round with what the journal, the gateways and the receiver say has to be there.

Each check is a method that yields sentences about what differs; none is what everybody wants. A check looks at what this round wrote, and
at sums over all that was there before.
"""
import collections
import json
import re
from decimal import Decimal

import judge
import operations
import shop
from server import GAVE_UP

# Lines of the error log that a fault brings; any other with [ERROR] is a finding.
BORNE = re.compile("|".join([
    r"Purser: ", r"mariadbd: Purser", r"Got signal 15", r"Aria engine: (checking|recovery|starting|Doing)", r"InnoDB: (Starting|Restored|Transaction|Rolled)",
    r"Incorrect information in file",  # says a server of a table that it was opening for a connection that was killed
    r"Log_event::read_log_event.*Event truncated",  # says one that starts of the end of the binary log, where it was killed in a write
    r"tc.log", r"Starting (table )?crash recovery", r"Crash recovery finished", r"Found \d+ prepared"]))
FULL = re.compile("|".join([
    r"Disk is full", r"Errcode: 28", r"No space left", r"Cannot (extend|resize)", r"The table .* is full", r"posix_fallocate|preallocating",
    r"write(_at)? failed", r"Write to file .* failed", r"error: 28", r"errno: 28", r"Error number 28", r"disk space", r"writing (the )?binary log",
    r"binlog", r"Log_event::read_log_event", r"Table .* is marked as crashed"]))
CRASH = re.compile(r"mariadbd got signal|got signal \d+ ;|Assertion|\[FATAL\]|double free|corrupted|Sanitizer|terminate called", re.I)


class Oracle:
    """Keeps, from round to round, the sums of what has to be there."""

    def __init__(self, server, gateways, receiver):
        self.server, self.gateways, self.receiver = server, gateways, receiver
        self.stock = {gadget: shop.STOCK for gadget in range(1, shop.GADGETS + 1)}
        self.audit_id = 0
        self.audit_rows = 0
        self.orders = 0
        self.usage = {}  # of the clients of all rounds: transactions, volume
        self.thresholds = {}  # of the same: those that were told
        self.messages = {}  # of all rounds: the numbers of those that were committed
        self.conditions = {}  # the rounds whose condition was to be told
        self.open = {}
        self.log_at = 0
        self.tables = self.definitions()
        self.threads = None

    def after(self, load, kills, limits):
        """All that differs after a round, as sentences."""
        markers = {row[0] for row in self.server.rows("SELECT op FROM chaos.markers WHERE op BETWEEN %s AND %s",
                                                      load.round * 100000000, load.round * 100000000 + 99999999)}
        wrong = list(load.surprises) + load.journal.resolve(markers)
        done = collections.defaultdict(list)
        for op in load.journal.ops:
            if op.is_done:
                done[op.kind].append(op)
        checks = [self.orders_of(load, done), self.discrepancies_of(load), self.events(), self.stock_after(load, done), self.audit_of(load, done),
                  self.records_of(load), self.usage_of(load, done), self.alerts_of(load), self.messages_of(load, done), self.conditions_of(load),
                  self.limits_of(limits, kills), self.refusals_of(load, limits), self.held(load, kills)]
        for check in checks:
            wrong += check
        return wrong

    # ---- orders and what is found about them

    def orders_of(self, load, done):
        paid = {op.facts["ref"] for op in done["pay"]}
        expected, lines = collections.Counter(), collections.Counter()
        for op in done["order"]:
            ref, count, amount = op.facts["ref"], 2 if op.facts["fate"] == "two orders" else 1, Decimal(op.facts["amount"])
            expected[ref, "paid" if ref in paid else "pending", op.facts["gateway"], amount, amount, op.facts["currency"]] += count
            for gadget in range(1, op.facts["lines"] + 1):
                lines[ref, gadget, *operations.LINE] += count
        found = collections.Counter(self.server.rows(
            "SELECT external_tx_ref, payment_status, provider, total_amount, total_amount_gbp, currency FROM itsxtrapush_db.orders"
            " WHERE created_at >= %s AND created_at < %s + INTERVAL 1 DAY", load.day, load.day))
        yield from differences("order", expected, found)
        found = collections.Counter(self.server.rows(
            "SELECT o.external_tx_ref, i.gadget_id, i.quantity, i.unit_price FROM itsxtrapush_db.order_items AS i"
            " JOIN itsxtrapush_db.orders AS o ON o.id = i.order_id"
            " WHERE o.created_at >= %s AND o.created_at < %s + INTERVAL 1 DAY", load.day, load.day))
        yield from differences("line of an order", lines, found)
        self.orders += sum(expected.values())
        total = self.server.value("SELECT COUNT(*) FROM itsxtrapush_db.orders")
        if total != self.orders:
            yield f"orders of all rounds: {total}, and there should be {self.orders}"

    def discrepancies_of(self, load):
        """Of this day and of all days before: each once, and no other."""
        orders = self.server.rows("SELECT external_tx_ref, provider, IF(currency = 'GBP', total_amount_gbp, total_amount), currency, payment_status"
                                  " FROM itsxtrapush_db.orders WHERE created_at >= %s AND created_at < %s + INTERVAL 1 DAY", load.day, load.day)
        with self.gateways.lock:
            records = [record for record in self.gateways.records.values() if record["created_at"].startswith(load.day)]
        self.open.update(judge.by_reference(orders, records))
        expected = collections.Counter((*key, what) for key, types in self.open.items() for what in types)
        found = collections.Counter(self.server.rows("SELECT gateway, transaction_ref, type FROM purser.discrepancies WHERE holds"))
        yield from differences("discrepancy", expected, found)
        for row in self.server.rows("SELECT d.id, d.type, d.transaction_ref, d.order_id FROM purser.discrepancies AS d LEFT JOIN itsxtrapush_db.orders AS o"
                                    " ON o.id = d.order_id AND o.external_tx_ref = d.transaction_ref AND o.provider = d.gateway"
                                    " WHERE d.order_id <> '' AND o.id IS NULL"):
            yield f"discrepancy of an order that is not there: {row}"
        for row in self.server.rows(
                "SELECT r.gateway, r.state, r.internal_records, COUNT(o.id), r.error FROM purser.latest_runs AS r LEFT JOIN itsxtrapush_db.orders AS o"
                " ON o.provider = r.gateway AND o.created_at >= r.business_date AND o.created_at < r.business_date + INTERVAL 1 DAY"
                " WHERE r.business_date = %s GROUP BY r.id HAVING r.state <> 'complete' OR r.internal_records <> COUNT(o.id)", load.day):
            yield f"run of {load.day} (gateway, state, orders it counts, orders, error): {row}"

    def records_of(self, load):
        """What the gateways know of this day was read, each record once: of Square all, of PayChangu what an order refers to."""
        asked = {row[0] for row in self.server.rows("SELECT external_tx_ref FROM itsxtrapush_db.orders WHERE provider = 'paychangu'"
                                                    " AND created_at >= %s AND created_at < %s + INTERVAL 1 DAY", load.day, load.day)}
        with self.gateways.lock:
            records = [record for record in self.gateways.records.values() if record["created_at"].startswith(load.day)]
        expected = collections.Counter((record["gateway"], record["reference"], record["status"], Decimal(record["amount"]), record["currency"])
                                       for record in records if record["gateway"] == "square" or record["reference"] in asked)
        found = collections.Counter(self.server.rows("SELECT gateway, transaction_ref, status, amount, currency FROM purser.gateway_transactions"
                                                     " WHERE business_date = %s AND status <> 'not_found'", load.day))
        yield from differences("record of a gateway", expected, found)

    def events(self):
        """The history of each finding is a chain from its detection to its present state."""
        for row in self.server.rows("SELECT d.id, d.type, d.state, COUNT(e.id), SUM(e.from_state = '') FROM purser.discrepancies AS d"
                                    " LEFT JOIN purser.discrepancy_events AS e ON e.discrepancy_id = d.id GROUP BY d.id"
                                    " HAVING SUM(e.from_state = '') <> 1 OR SUM(e.from_state = '') IS NULL"
                                    " OR SUBSTRING_INDEX(GROUP_CONCAT(e.to_state ORDER BY e.id), ',', -1) <> d.state"):
            yield f"events of a discrepancy (id, type, state, events, detections): {row}"
        for row in self.server.rows("SELECT discrepancy_id, id, from_state, before_it FROM (SELECT discrepancy_id, id, from_state, LAG(to_state) OVER"
                                    " (PARTITION BY discrepancy_id ORDER BY id) AS before_it FROM purser.discrepancy_events) AS e"
                                    " WHERE from_state <> COALESCE(before_it, '')"):
            yield f"event that does not go on from the one before (discrepancy, event, from, state before): {row}"

    # ---- stock

    def stock_after(self, load, done):
        for op in done["stock"]:
            self.sell(op.facts["deltas"])
        kept = {row[0] for row in self.server.rows("SELECT idempotency_key FROM purser.batch_keys")}
        for key, (deltas, answered) in load.keys.items():
            if key in kept:
                self.sell(deltas)
            elif answered:
                yield f"the batch with {key} was answered, and the key is not there"
        found = {gadget: (quantity, flag) for gadget, quantity, flag in
                 self.server.rows("SELECT id, stock_quantity, in_stock FROM itsxtrapush_db.gadgets")}
        for gadget, quantity in self.stock.items():
            if found.get(gadget) != (quantity, quantity > 0):
                yield f"stock of gadget {gadget} (pieces, whether it is in stock): {found.get(gadget)}, and it should be {quantity}"

    def sell(self, deltas):
        for gadget, delta in deltas.items():
            self.stock[gadget] += delta

    # ---- the audit log

    def audit_of(self, load, done):
        expected = collections.Counter()
        for op in done["ledger"]:
            for what, row, amount in op.facts["changes"]:
                expected["ledger", what, str(row), "" if what == "DELETE" else str(amount)] += 1
        orders = {}
        for ref, number in self.server.rows("SELECT external_tx_ref, id FROM itsxtrapush_db.orders WHERE created_at >= %s"
                                            " AND created_at < %s + INTERVAL 1 DAY", load.day, load.day):
            orders.setdefault(ref, []).append(str(number))
        for op in done["order"]:
            for number in orders.get(op.facts["ref"], []):
                expected["orders", "INSERT", number, "pending"] += 1
        for op in done["pay"]:
            for number in orders.get(op.facts["ref"], []):
                expected["orders", "UPDATE", number, "paid"] += 1
        found = collections.Counter(
            (table, what, record, str(json.loads(values)["amount" if table == "ledger" else "payment_status"]) if values else "")
            for table, what, record, values in self.server.rows("SELECT table_name, operation, record_id, new_values FROM purser.audit_log"
                                                                " WHERE id > %s", self.audit_id))
        yield from differences("audit row", expected, found)
        last, total, young = self.server.rows("SELECT COALESCE(MAX(id), 0), COUNT(*), COALESCE(SUM(id > %s), 0) FROM purser.audit_log", self.audit_id)[0]
        if total - young > self.audit_rows or load.prune_before is None and total - young != self.audit_rows:
            yield f"audit rows of former rounds: {total - young}, and there were {self.audit_rows}"
        self.audit_rows, self.audit_id = total, max(self.audit_id, last)
        yield from self.verify()
        for row in self.server.rows("SELECT table_schema, table_name, state FROM (SELECT table_schema, table_name,"
                                    " purser.audit_state(table_schema, table_name) AS state FROM purser.audit_tables) AS t WHERE state <> 'on'"):
            yield f"audited table (schema, name, state): {row}"

    def verify(self):
        summary, findings = self.verified()
        if summary["verdict"] != "ok" or summary["rows_unsealed"]:
            yield f"audit_verify: {summary} {findings[:3]}"

    def verified(self):
        """What audit_verify answers: its summary, and its findings."""
        connection = self.server.connect(autocommit=True)
        try:
            with connection.cursor() as cursor:
                cursor.execute("CALL purser.audit_verify()")
                names = [column[0] for column in cursor.description]
                return dict(zip(names, cursor.fetchone())), cursor.fetchall() if cursor.nextset() else ()
        finally:
            connection.close()

    # ---- usage, alerts, messages

    def usage_of(self, load, done):
        expected = {client: [0, Decimal(0)] for client in shop.client_numbers(load.round)}
        for op in done["usage"]:
            expected[op.facts["client"]][0] += op.facts["count"]
            expected[op.facts["client"]][1] += Decimal(op.facts["amount"])
        self.usage.update({client: tuple(used) for client, used in expected.items()})
        for table, statement in (("client_usage", "SELECT client_id, SUM(transactions), SUM(volume) FROM purser.client_usage GROUP BY client_id"),
                                 ("client_transactions", "SELECT client_id, COUNT(*), SUM(amount) FROM purser.client_transactions GROUP BY client_id")):
            found = {client: (int(count), volume) for client, count, volume in self.server.rows(statement)}
            for client in sorted(set(self.usage) | set(found)):
                if found.get(client, (0, 0)) != self.usage.get(client, (0, 0)):
                    yield f"{table} of client {client} (transactions, volume): {found.get(client)}, and there should be {self.usage.get(client)}"
        noted = dict(self.server.rows("SELECT object_id, COUNT(*) FROM purser.admin_log WHERE object = 'client' GROUP BY object_id"))
        noted = {int(client): count for client, count in noted.items()}
        if noted != dict.fromkeys(self.usage, 1):
            yield f"admin_log has of clients {sorted(noted.items())}, and it should have one row of each: {sorted(self.usage)}"
        for client, (count, volume) in expected.items():
            reached = set()
            if client % 10 != 4:
                percent = max(volume * 100 / shop.PACKAGE_VOLUME, Decimal(count * 100) / shop.PACKAGE_TRANSACTIONS)
                reached = {threshold for threshold in shop.THRESHOLDS if percent >= threshold}
            self.thresholds[client] = sorted(reached)
            told = self.server.rows("SELECT a.threshold, a.covered_by, a.email_sent, o.state, o.dedup_key FROM purser.usage_alerts AS a"
                                    " LEFT JOIN purser.outbox AS o ON o.id = a.outbox_id WHERE a.client_id = %s", client)
            for row in told:
                if row[1] is None and (not row[2] or row[3] != "sent"):
                    yield f"usage alert of client {client} that was not sent (threshold, covered by, sent, state, key): {row}"

        found = collections.defaultdict(list)
        for client, threshold in self.server.rows("SELECT client_id, threshold FROM purser.usage_alerts ORDER BY client_id, threshold"):
            found[client].append(int(threshold))
        for client in sorted(set(self.thresholds) | set(found)):
            if found[client] != self.thresholds.get(client, []):
                yield f"usage alerts of client {client}: {found[client]}, and there should be {self.thresholds.get(client)}"

    def alerts_of(self, load):
        """Each mail that was sent was received, with the client as its recipient, and of each message one Message-ID."""
        received = collections.defaultdict(set)
        for kept in self.receiver.mails:
            received[kept.body["to"]].add((kept.key, kept.body["subject"]))
        for client in shop.client_numbers(load.round):
            sent = self.server.rows("SELECT subject FROM purser.outbox WHERE recipient = %s AND state = 'sent'", f"c{client}@example.com")
            got = received.get(f"c{client}@example.com", set())
            if sorted(row[0] for row in sent) != sorted(subject for _, subject in got):
                yield f"mails to client {client}: sent {sorted(row[0] for row in sent)}, received {sorted(got)}"

    def messages_of(self, load, done):
        self.messages.update((op.number, load.round) for op in done["message"])
        got = collections.defaultdict(set)
        for kept in self.receiver.posts:
            if kept.body["kind"] == "chaos":
                got[kept.body["data"]["op"]].add(kept.key)
        for number in sorted(set(self.messages) - set(got)):
            yield f"message {number} was committed, and never received"
        for number in sorted(set(got) - set(self.messages)):
            yield f"message {number} was received, and never committed"
        for number, keys in got.items():
            if len(keys) > 1:
                yield f"message {number} came with several keys: {sorted(keys)}"
        for row in self.server.rows("SELECT dedup_key, state, last_error FROM purser.outbox WHERE state <> 'sent'"):
            yield f"message that is not sent: {row}"

    def conditions_of(self, load):
        """The condition of each round was told once as NEW and once as RESOLVED."""
        self.conditions[load.round] = True
        told = collections.defaultdict(set)
        for kept in self.receiver.posts:
            if kept.body["kind"] == "alert":
                data = kept.body.get("data") or {}
                for number in set(re.findall(r"round (\d+) ", json.dumps(data))):
                    told[int(number), data["state"]].add(kept.key)
        for number in self.conditions:
            for state in ("NEW", "RESOLVED"):
                if len(told[number, state]) != 1:
                    yield f"the condition of round {number} was told as {state} {len(told[number, state])} times"
        for row in self.server.rows("SELECT subject, level, told_state FROM purser.alerts WHERE subject = 'boiler' AND (told_state <> 'RESOLVED' OR since IS NOT NULL)"):
            yield f"the condition is over, and its alert says (subject, level, told): {row}"

    # ---- limits and the server

    def limits_of(self, admitted, kills):
        """In no window was more admitted than the limit. What was admitted in the last seconds before a kill -9 may be forgotten."""
        for key, (limit, window) in operations.LIMITS.items():
            events = sorted((before, after) for name, before, after in admitted if name == key
                            and not any(kill - 20 <= before <= kill for kill in kills))
            for n, (begin, _) in enumerate(events):
                inside = sum(1 for before, after in events[n:n + limit * 2 + 1] if after < begin + window)
                if inside > limit:
                    yield f"limit {key}: {inside} were admitted within {window} s, and {limit} may be"
                    break

    def refusals_of(self, load, admitted):
        """What was refused had as many calls before it as the limit admits, those of a 64th of the window more among them, for so late they
        may leave it. Not looked at: after a start (what was saved is taken up in whole parts of the window), and where the clock was set."""
        if load.clock_was_set:
            return
        for key, before, after in load.refused:
            limit, window = operations.LIMITS[key]
            since = before - window * 65 / 64
            if self.server.starts > 1 and self.server.started_at > since - window:
                continue
            may_count = sum(1 for name, begun, ended in admitted + load.unanswered if name == key and ended >= since and begun <= after)
            if may_count < limit:
                yield f"refusal by {key}: {may_count} had been admitted within {window} s, and {limit} may be"
                return

    def definitions(self):
        """Of the shop's tables."""
        names = [row[0] for row in self.server.rows("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'itsxtrapush_db'")]
        return {name: re.sub(r" AUTO_INCREMENT=\d+", "", self.server.rows(f"SHOW CREATE TABLE itsxtrapush_db.`{name}`")[0][1]) for name in names}

    def held(self, load, kills):
        """Nothing is left behind: threads, leases of runs, temporary files; and the log says of no crash that was not asked for."""
        threads = self.server.threads()
        for name, definition in self.definitions().items():
            if definition != self.tables.get(name):
                yield f"table {name}: {definition}, and it was {self.tables.get(name)}"
        if threads != self.threads:
            yield f"threads: {threads}, and there should be {self.threads}"
        for row in self.server.rows("SELECT name, owner, expires_at FROM purser.leases WHERE name LIKE 'reconcile:%%'"):
            yield f"lease that was not given back: {row}"
        for row in self.server.rows("SELECT id, gateway, business_date, state FROM purser.reconciliation_runs WHERE state = 'running'"):
            yield f"run that goes on: {row}"
        left = self.server.temporary_files()
        if kills and kills[-1] > load.began and left == ["purser_rate_limits.dat.new"]:
            left = []  # it was being written then, and will be written anew with the next one
        if left:
            yield f"temporary files: {left}"

    def log(self, disk_was_full):
        with open(f"{self.server.dir}/mariadb.err", "rb") as file:
            file.seek(self.log_at)
            text = file.read()
            self.log_at += len(text)
        gave_up = disk_was_full and GAVE_UP in text
        for line in text.decode("utf-8", "replace").splitlines():
            if gave_up and re.search(r"Out of disk space\) in rollback|got signal 6 ", line):
                continue
            if CRASH.search(line) and not re.search(r"marked as crashed|crashed:", line):
                yield f"log: {line}"
            elif "[ERROR]" in line and not BORNE.search(line) and not (disk_was_full and FULL.search(line)):
                yield f"log: {line}"


def differences(what, expected, found):
    """Sentences about what two counters do not have in common, ten at most."""
    told = 0
    for key in sorted(set(expected) | set(found), key=str):
        if expected[key] != found[key]:
            told += 1
            if told > 10:
                yield f"... and more of: {what}"
                return
            yield f"{what} {key}: there {found[key]} times, and it should be {expected[key]} times"
