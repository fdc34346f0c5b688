"""An oracle that never finds anything is worth nothing: after a clean round one thing after the other is made wrong, in the database or in
what the model is made of, and the oracle has to say so.
"""
import os
import time

from journal import REFUSED
from outside import Kept

TAMPERS = []


def tamper(word):
    def note(function):
        TAMPERS.append((function.__name__.replace("_", " "), word, function))
        return function
    return note


def by_sql(campaign, do, undo):
    campaign.server.rows(do)
    return lambda: campaign.server.rows(undo)


@tamper("order (")
def an_order_is_lost(campaign):
    return by_sql(campaign, "UPDATE itsxtrapush_db.orders SET external_tx_ref = CONCAT('x', external_tx_ref) ORDER BY id DESC LIMIT 1",
                  "UPDATE itsxtrapush_db.orders SET external_tx_ref = SUBSTR(external_tx_ref, 2) ORDER BY id DESC LIMIT 1")


@tamper("order (")
def an_order_has_another_amount(campaign):
    return by_sql(campaign, "UPDATE itsxtrapush_db.orders SET total_amount_gbp = total_amount_gbp + 1 WHERE currency = 'MWK' ORDER BY id DESC LIMIT 1",
                  "UPDATE itsxtrapush_db.orders SET total_amount_gbp = total_amount_gbp - 1 WHERE currency = 'MWK' ORDER BY id DESC LIMIT 1")


@tamper("line of an order")
def a_line_has_another_quantity(campaign):
    return by_sql(campaign, "UPDATE itsxtrapush_db.order_items SET quantity = 3 ORDER BY id DESC LIMIT 1",
                  "UPDATE itsxtrapush_db.order_items SET quantity = 2 ORDER BY id DESC LIMIT 1")


@tamper("record of a gateway")
def a_record_of_a_gateway_is_another(campaign):
    return by_sql(campaign, "UPDATE purser.gateway_transactions SET amount = amount + 1 WHERE status <> 'not_found' ORDER BY gateway, business_date DESC, transaction_ref LIMIT 1",
                  "UPDATE purser.gateway_transactions SET amount = amount - 1 WHERE status <> 'not_found' ORDER BY gateway, business_date DESC, transaction_ref LIMIT 1")


@tamper("stock of gadget 4")
def a_gadget_is_said_to_be_sold_out(campaign):
    return by_sql(campaign, "UPDATE itsxtrapush_db.gadgets SET in_stock = 0 WHERE id = 4", "UPDATE itsxtrapush_db.gadgets SET in_stock = 1 WHERE id = 4")


@tamper("stock of gadget 3")
def a_stock_is_wrong(campaign):
    return by_sql(campaign, "UPDATE itsxtrapush_db.gadgets SET stock_quantity = stock_quantity + 1 WHERE id = 3",
                  "UPDATE itsxtrapush_db.gadgets SET stock_quantity = stock_quantity - 1 WHERE id = 3")


@tamper("discrepancy (")
def a_discrepancy_is_lost(campaign):
    return by_sql(campaign, "UPDATE purser.discrepancies SET holds = holds - 1 ORDER BY holds DESC, id LIMIT 1",
                  "UPDATE purser.discrepancies SET holds = 1 ORDER BY id LIMIT 1")


@tamper("event that does not go on")
def an_event_is_wrong(campaign):
    return by_sql(campaign, "UPDATE purser.discrepancy_events SET from_state = 'ignored' ORDER BY id LIMIT 1",
                  "UPDATE purser.discrepancy_events SET from_state = '' ORDER BY id LIMIT 1")


@tamper("audit row (")
def an_audit_row_is_too_much(campaign):
    """One that belongs to a transaction that was refused, for all that the model knows."""
    op = next(op for op in campaign.load.journal.ops if op.kind == "ledger" and op.is_done)
    outcome, op.outcome = op.outcome, REFUSED
    return lambda: setattr(op, "outcome", outcome)


@tamper("its marker is gone")
def a_transaction_is_lost(campaign):
    op = next(op for op in campaign.load.journal.ops if op.is_done)
    return by_sql(campaign, f"DELETE FROM chaos.markers WHERE op = {op.number}", f"INSERT INTO chaos.markers VALUES ({op.number})")


@tamper("client_usage of client")
def usage_is_counted_twice(campaign):
    return by_sql(campaign, "UPDATE purser.client_usage SET transactions = transactions + 1 ORDER BY client_id, slot LIMIT 1",
                  "UPDATE purser.client_usage SET transactions = transactions - 1 ORDER BY client_id, slot LIMIT 1")


@tamper("admin_log has of clients")
def a_row_of_the_admin_log_is_of_another(campaign):
    return by_sql(campaign, "UPDATE purser.admin_log SET object = 'package' WHERE object = 'client' ORDER BY id DESC LIMIT 1",
                  "UPDATE purser.admin_log SET object = 'client' WHERE object = 'package' ORDER BY id DESC LIMIT 1")


@tamper("client_usage of client 7 ")
def usage_of_a_round_before_is_another(campaign):
    """Of a client of which the model knows from before."""
    campaign.oracle.usage[7] = (3, 10)
    return lambda: campaign.oracle.usage.pop(7)


@tamper("usage alerts of client")
def an_alert_is_another(campaign):
    return by_sql(campaign, "UPDATE purser.usage_alerts SET threshold = threshold + 1 ORDER BY id LIMIT 1",
                  "UPDATE purser.usage_alerts SET threshold = threshold - 1 ORDER BY id LIMIT 1")


@tamper("mails to client")
def a_mail_is_lost(campaign):
    lost = campaign.receiver.mails.pop()
    return lambda: campaign.receiver.mails.append(lost)


@tamper("never received")
def a_message_is_lost(campaign):
    number = next(n for n, kept in enumerate(campaign.receiver.posts) if kept.body["kind"] == "chaos")
    lost = campaign.receiver.posts.pop(number)
    return lambda: campaign.receiver.posts.append(lost)


@tamper("with several keys")
def a_message_has_two_keys(campaign):
    kept = next(kept for kept in campaign.receiver.posts if kept.body["kind"] == "chaos")
    campaign.receiver.posts.append(Kept(kept.at, "another", kept.body))
    return campaign.receiver.posts.pop


@tamper("limit fast:")
def too_many_are_admitted(campaign):
    campaign.admitted += [("fast", time.monotonic(), time.monotonic()) for _ in range(21)]

    def undo():
        del campaign.admitted[-21:]
    return undo


@tamper("refusal by fast")
def a_call_is_refused_for_nothing(campaign):
    campaign.load.refused.append(("fast", time.monotonic() + 1000, time.monotonic() + 1000))
    return campaign.load.refused.pop


@tamper("as RESOLVED 0 times")
def an_end_is_not_told(campaign):
    number = next(n for n, kept in enumerate(campaign.receiver.posts) if (kept.body.get("data") or {}).get("state") == "RESOLVED")
    lost = campaign.receiver.posts.pop(number)
    return lambda: campaign.receiver.posts.append(lost)


@tamper("lease that was not given back")
def a_lease_is_left(campaign):
    return by_sql(campaign, "INSERT INTO purser.leases VALUES ('reconcile:nobody', 'nobody', UTC_TIMESTAMP(6))",
                  "DELETE FROM purser.leases WHERE name = 'reconcile:nobody'")


@tamper("temporary files")
def a_file_is_left(campaign):
    path = os.path.join(campaign.server.dir, "tmp", "left")
    with open(path, "w", encoding="ascii"):
        pass
    return lambda: os.unlink(path)


@tamper("log: ")
def the_server_has_crashed(campaign):
    with open(os.path.join(campaign.server.dir, "mariadb.err"), "ab") as log:
        log.write(b"260101 12:00:00 [ERROR] mariadbd got signal 11 ;\n")
    return lambda: None


def oracle_says(campaign):
    """What it says now; its sums stay as they were, so that it can be asked again."""
    oracle = campaign.oracle
    before = {name: value.copy() if isinstance(value, dict) else value for name, value in vars(oracle).items()}
    wrong = oracle.after(campaign.load, campaign.kills, campaign.admitted) + list(oracle.log(False))
    at = oracle.log_at
    vars(oracle).update(before, log_at=at)
    return wrong


def try_all(campaign):
    """After a round that has settled. Returns what the oracle did not see, or saw where nothing was wrong."""
    missed = [f"nothing is wrong, and the oracle says: {line}" for line in oracle_says(campaign)]
    for name, word, function in TAMPERS:
        undo = function(campaign)
        wrong = oracle_says(campaign)
        undo()
        seen = any(line.startswith(word) or word in line for line in wrong)
        print(f"{'ok' if seen else 'not ok'} - {name}", flush=True)
        if not seen:
            missed.append(f"{name}: the oracle says {wrong}")
    missed += [f"all is as it was, and the oracle says: {line}" for line in oracle_says(campaign)]
    return missed
