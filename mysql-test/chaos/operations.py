"""What the load does: each function is one kind of operation of a worker (load.py).

Amounts are whole numbers of the smallest unit as text, so that nothing here is a float.
"""
import datetime
import http.client
import json
import math
from decimal import Decimal

import shop
from journal import COMMITTED

DAY_ZERO = datetime.date(2020, 1, 1)

# What becomes of an order's payment: (weight, name). judge.py says what each has to lead to.
FATES = [(60, "agrees"), (6, "never recorded"), (5, "amount"), (4, "currency"), (5, "fails"), (5, "unknown there"), (5, "open"),
         (4, "twice"), (3, "two orders"), (3, "no order")]


def day_of(number):
    """The business day of round `number`."""
    return str(DAY_ZERO + datetime.timedelta(days=number))


def fate_of(rng, gateway):
    while True:
        fate = rng.choices([name for _, name in FATES], [weight for weight, _ in FATES])[0]
        # PayChangu is asked by the reference of an order, and tells one payment of it
        if gateway == "square" or fate not in ("twice", "no order"):
            return fate


def record(gateway, facts, suffix, **other):
    currency = facts["currency"]
    made = {"gateway": gateway, "kind": "payment", "id": f"{facts['ref']}{suffix}", "reference": facts["ref"], "amount": facts["amount"],
            "currency": currency, "status": "captured", "created_at": f"{facts['day']}T10:{facts['minute']:02}:00Z"}
    made.update(other)
    return made


def records_of(gateway, facts):
    fate, others = facts["fate"], []
    if fate == "unknown there":
        return []
    changed = {}
    if fate == "amount":
        changed = {"amount": f"{int(facts['amount'].split('.')[0]) + 7}.50"}
    elif fate == "currency":
        changed = {"currency": "USD"}
    elif fate == "fails":
        changed = {"status": "failed"}
    elif fate == "open":
        changed = {"status": "pending"}
    elif fate == "twice":
        others = [record(gateway, facts, "-again")]
    return [record(gateway, facts, "", **changed)] + others


def order(worker, number):
    """An order with its lines; what its gateway knows is told to the gateway before or after it, and then it is marked as paid."""
    rng = worker.rng
    gateway = rng.choice(["square", "paychangu"])
    facts = {"ref": f"R{number}", "gateway": gateway, "day": worker.load.day, "fate": fate_of(rng, gateway), "minute": rng.randrange(60),
             "amount": f"{rng.randrange(1000, 90000)}.{rng.randrange(100):02}", "currency": "GBP" if gateway == "square" else "MWK",
             "lines": rng.randrange(1, 4)}
    records = records_of(gateway, facts)
    before = rng.random() < 0.5
    if before and records:
        worker.load.gateways.add(records)
    outcome = None
    if facts["fate"] != "no order":
        outcome = worker.transaction(number, "order", facts, lambda cursor: write_order(cursor, facts))
    if not before and records:
        worker.load.gateways.add(records)
    if outcome == COMMITTED and facts["fate"] not in ("never recorded", "open") and worker.connect():
        worker.transaction(number + 1, "pay", {"ref": facts["ref"]}, lambda cursor: cursor.execute(
            "UPDATE itsxtrapush_db.orders SET payment_status = 'paid', status = 'processing' WHERE external_tx_ref = %s", (facts["ref"],)))


LINE = (2, Decimal("10.50"))  # pieces and price of each


def write_order(cursor, facts):
    for _ in range(2 if facts["fate"] == "two orders" else 1):
        cursor.execute("INSERT INTO itsxtrapush_db.orders (provider, external_tx_ref, total_amount, total_amount_gbp, currency, created_at)"
                       " VALUES (%s, %s, %s, %s, %s, %s)",
                       (facts["gateway"], facts["ref"], facts["amount"], facts["amount"], facts["currency"], f"{facts['day']} 12:00:00"))
        lines = [{"gadget_id": 1 + n, "quantity": LINE[0], "unit_price": str(LINE[1])} for n in range(facts["lines"])]
        cursor.execute("CALL purser.batch_insert_order_items(%s, %s)", (cursor.lastrowid, json.dumps(lines)))
        while cursor.nextset():
            pass


def stock(worker, number):
    """A batch of changes in a transaction."""
    deltas = {worker.rng.randrange(1, shop.GADGETS + 1): worker.rng.randrange(-9, 10) or 1 for _ in range(worker.rng.randrange(1, 9))}
    batch = json.dumps({"policy": "reject", "items": [{"gadget_id": gadget, "delta": delta} for gadget, delta in deltas.items()]})

    def body(cursor):
        cursor.execute("CALL purser.batch_update_stock(%s)", (batch,))
        while cursor.nextset():
            pass
    worker.transaction(number, "stock", {"deltas": deltas}, body)


def stock_once(worker, number):
    """A batch with a key, sent until it is answered, and sometimes once more: it is done once."""
    deltas = {worker.rng.randrange(1, shop.GADGETS + 1): worker.rng.randrange(-9, 10) or 1 for _ in range(3)}
    key = f"key {number}"
    batch = json.dumps({"policy": "reject", "idempotency_key": key,
                        "items": [{"gadget_id": gadget, "delta": delta} for gadget, delta in sorted(deltas.items())]})
    worker.load.keyed(key, deltas)
    wanted = 1 + (worker.rng.random() < 0.3)
    for _ in range(200):
        if wanted == 0 or not worker.connect():
            break
        if worker.ask("stock_once", "CALL purser.batch_update_stock(%s)", (batch,)) is not None:
            wanted -= 1
            worker.load.key_answered(key)


def ledger(worker, number):
    """Rows of an audited table: some new, some changed, some deleted, in one transaction."""
    rng = worker.rng
    changes = []
    for n in range(rng.randrange(1, 4)):
        changes.append(("INSERT", number * 10 + n, rng.randrange(1000)))
    mine = worker.__dict__.setdefault("rows", {})  # the amount of each
    for row in rng.sample(list(mine), min(len(mine), rng.randrange(3))):
        what, amount = rng.choice(["UPDATE", "DELETE"]), rng.randrange(1000, 100000)
        changes.append((what, row, amount + (amount == mine[row])))  # what changes nothing is not in the audit log

    def body(cursor):
        for what, row, amount in changes:
            if what == "INSERT":
                cursor.execute("INSERT INTO chaos.ledger VALUES (%s, %s, %s, %s)", (row, worker.number, amount, f"note {row}"))
            elif what == "UPDATE":
                cursor.execute("UPDATE chaos.ledger SET amount = %s WHERE id = %s", (amount, row))
            else:
                cursor.execute("DELETE FROM chaos.ledger WHERE id = %s", (row,))
    touched = {row for what, row, _ in changes if what != "INSERT"}
    outcome = worker.transaction(number, "ledger", {"changes": changes}, body)
    # a row of which it is not known what became of it is left alone
    worker.rows = {row: amount for row, amount in mine.items() if row not in touched}
    if outcome == COMMITTED:
        worker.rows.update((row, amount) for what, row, amount in changes if what != "DELETE")


def usage(worker, number):
    """A transaction of a client. Those of the client without limits are corrected and taken back, too."""
    rng = worker.rng
    client = rng.choice(shop.client_numbers(worker.load.round))
    mine = worker.__dict__.setdefault("references", [])
    if mine and rng.random() < 0.2:
        correct(worker, number, mine.pop(rng.randrange(len(mine))))
        return
    amount = f"{rng.randrange(1, 60)}.{rng.randrange(10000):04}"
    outcome = worker.transaction(number, "usage", {"client": client, "amount": amount, "count": 1}, lambda cursor: cursor.execute(
        "INSERT INTO purser.client_transactions (client_id, reference, amount) VALUES (%s, %s, %s)", (client, f"u{number}", amount)))
    if outcome == COMMITTED and client % 10 == 4:
        mine.append((client, f"u{number}", amount))


def correct(worker, number, transaction):
    client, reference, amount = transaction
    if worker.rng.random() < 0.5:
        worker.transaction(number, "usage", {"client": client, "amount": f"-{amount}", "count": -1}, lambda cursor: cursor.execute(
            "DELETE FROM purser.client_transactions WHERE reference = %s AND client_id = %s", (reference, client)))
    else:
        worker.transaction(number, "usage", {"client": client, "amount": "3.0001", "count": 0}, lambda cursor: cursor.execute(
            "UPDATE purser.client_transactions SET amount = amount + 3.0001 WHERE reference = %s AND client_id = %s", (reference, client)))


def message(worker, number):
    """A message of the application's own, in the outbox."""
    worker.transaction(number, "message", {}, lambda cursor: cursor.execute(
        "INSERT INTO purser.outbox (channel, kind, dedup_key, subject, text, payload) VALUES ('hook', 'chaos', %s, 'chaos', 'chaos', %s)",
        (f"chaos:{number}", json.dumps({"op": number}))))


LIMITS = {"fast": (20, 3), "slow": (150, 30)}


def limit(worker, number):
    """May somebody do this now? The limiter's answer, between two moments of this machine's clock."""
    del number
    key = worker.rng.choice(sorted(LIMITS))
    before = worker.load.clock()
    rows = worker.ask("limit", "SELECT purser_rate_limit(%s, 'chaos', %s, %s)", (key, *LIMITS[key]))
    worker.load.limited(key, before, worker.load.clock(), rows[0][0] if rows else None)
    if rows and rows[0][0] is None:
        worker.load.surprise("limit", "the limiter answers NULL")


def reconcile(worker, number):
    """A run is asked for, and waited for or not. Why it cannot be done now is an answer."""
    del number
    rng = worker.rng
    gateway = rng.choice(["square", "paychangu", None])
    if rng.random() < 0.5:
        worker.ask("reconcile", "CALL purser.reconcile(%s, %s)", (worker.load.day, gateway), {1644})
    else:
        worker.ask("reconcile", "CALL purser.reconcile_async(%s, %s)", (worker.load.day, gateway), {1644})
    worker.load.over.wait(rng.random() * 0.3)


def resolve(worker, number):
    """A person does something about a finding, whatever a run does about it at the same time."""
    del number
    rows = worker.ask("resolve", "SELECT id FROM purser.discrepancies WHERE business_date = %s AND state IN ('open', 'acknowledged') LIMIT 50",
                      (worker.load.day,))
    if rows and worker.connect():
        worker.ask("resolve", "CALL purser.resolve_discrepancy(%s, %s, 'chaos')",
                   (worker.rng.choice(rows)[0], worker.rng.choice(["acknowledged", "resolved", "ignored"])), {1644})


LOOKS = ["CALL purser.check_usage_alerts()", "CALL purser.audit_status()", "SELECT COUNT(*) FROM purser.open_discrepancies",
         "SELECT purser.dashboard_json()", "SELECT * FROM purser.health", "CALL purser.list_clients('{\"limit\": 5}')",
         "SELECT * FROM purser.rate_limits", "SHOW GLOBAL STATUS LIKE 'purser%%'", "CALL purser.reload_rate_limits()", "CALL purser.check_health()",
         "CALL purser.usage_report(NULL, NULL, NULL)", "CALL purser.audit_verify()", "CALL purser.selftest()"]


def look(worker, number):
    """What people and programs ask for now and then."""
    del number
    what = worker.rng.choice(LOOKS)
    worker.ask(what, what, (), {1644})
    worker.load.over.wait(math.fabs(worker.rng.gauss(0, 0.1)))


ENABLE = {"ledger": ("CALL purser.audit_enable('chaos', 'ledger', NULL)", ()),
          "orders": ("CALL purser.audit_enable('itsxtrapush_db', 'orders', 'payment_status, total_amount')", ())}


def administer(worker, number):
    """What an administrator does while everything goes on, and what must disturb nothing."""
    del number
    client = worker.rng.choice(shop.client_numbers(worker.load.round))
    statement, arguments = worker.rng.choice([
        *ENABLE.values(), ("CALL purser.recount_usage(%s, NULL)", (client,)), ("CALL purser.map_app('itsxtrapush_db')", ()), ("CALL purser.outbox_replay(NULL)", ()), ("CALL purser.switch_package(%s, 'huge', NULL, TRUE)", (client,)),
        ("FLUSH TABLES", ()), ("SET GLOBAL purser_enabled = ON", ())])
    if worker.load.prune_before and worker.rng.random() < 0.2:
        statement, arguments = "CALL purser.audit_prune(%s, 'what the oracle has seen')", (worker.load.prune_before,)
    worker.ask(statement, statement, arguments, {1644, 1193})
    worker.load.over.wait(worker.rng.random() * 0.5)


PAGES = {"/health": {200, 503}, "/readyz": {200, 503}, "/metrics": {200}, "/dashboard": {200, 503}, "/nothing": {404}}


def page(worker, number):
    """A page of the HTTP listener. That nobody listens, or that the connection breaks, is a fault's affair; another answer is not."""
    del number
    path = worker.rng.choice(sorted(PAGES))
    connection = http.client.HTTPConnection("127.0.0.1", worker.load.server.port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in PAGES[path]:
            worker.load.surprise(path, f"status {answer.status}")
    except TimeoutError:
        worker.load.surprise(path, "no answer within a minute")
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()


WORKERS = [[order], [order, usage], [stock, stock_once, order], [ledger, ledger, message], [ledger, usage], [usage, message, stock],
           [limit], [limit, usage], [reconcile, reconcile, resolve], [look, page], [administer]]
