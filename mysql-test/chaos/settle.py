"""After a fault: waits until all that is under way has come to its end, by itself, and asks for the last runs."""
import pymysql

import operations
from server import ServerFailed, until


def set_condition(campaign, number, level):
    """The boiler of the shop: critical while a round is on, so that an alert is due; and well again after it."""
    campaign.server.rows("UPDATE chaos.state SET level = %s, message = %s WHERE name = 'boiler'", level, f"round {number} ")


def wait_quiet(campaign):
    """Until the worker is ready and its threads are there."""
    campaign.server.wait_ready()
    threads = {}

    def same():
        now = campaign.server.threads()
        before = threads.get("now")
        threads["now"] = now
        return now and now == before
    until("Purser's threads", campaign.patience, same, 0.3)
    if campaign.oracle.threads is None:
        campaign.oracle.threads = threads["now"]


def run_to_its_end(campaign, number, gateway):
    """A run of the round's day that is complete: what the gateway could not say before it can say now."""
    day = operations.day_of(number)

    def complete():
        try:
            campaign.server.rows("CALL purser.reconcile(%s, %s)", day, gateway)
        except pymysql.err.MySQLError as error:
            complete.error = str(error)
            return False
        complete.error = campaign.server.rows("SELECT state, error FROM purser.latest_runs WHERE business_date = %s AND gateway = %s", day, gateway)
        return complete.error and complete.error[0][0] == "complete"
    try:
        until(f"a complete run of {gateway}", campaign.patience, complete, 0.5)
    except ServerFailed as failure:
        raise ServerFailed(f"{failure}: {complete.error}") from failure


def wait_value(campaign, what, statement, wanted, *arguments):
    """Until the statement's value is the one that is wanted."""
    found = {}

    def same():
        found["value"] = campaign.server.value(statement, *arguments)
        return str(found["value"]) == str(wanted)
    try:
        until(what, campaign.patience, same, 0.2)
    except ServerFailed as failure:
        raise ServerFailed(f"{failure}: {found['value']}") from failure


def enable_again(campaign):
    """Where audit_enable was cut short in this round, audit_status says that the table has to be enabled again. All changes were logged
    meanwhile, which the oracle checks."""
    for table, (statement, _) in operations.ENABLE.items():
        if statement in campaign.load.cut_short:
            campaign.journal.note("enabled again", table=table)
            campaign.server.rows(statement)


def settle(campaign, number):
    """The steps, each of which waits for what it wants; the journal says when each was reached."""
    server, note = campaign.server, campaign.journal.note
    note("the load has ended")
    wait_quiet(campaign)
    enable_again(campaign)
    wait_value(campaign, "the alert of this round", "SELECT COUNT(*) FROM purser.alerts WHERE subject = 'boiler' AND told_state = 'NEW'", 1)
    note("alerted")
    set_condition(campaign, number, "ok")
    # who asks while a run is under way shares it, and that one may have read the orders before the load ended
    wait_value(campaign, "the end of the runs", "SELECT COUNT(*) FROM purser.reconciliation_runs WHERE state = 'running'", 0)
    for gateway in ("square", "paychangu"):
        run_to_its_end(campaign, number, gateway)
    note("reconciled")
    server.rows("CALL purser.check_usage_alerts()")
    wait_value(campaign, "the end of this round's alert", "SELECT COUNT(*) FROM purser.alerts WHERE subject = 'boiler' AND told_state = 'RESOLVED'", 1)
    note("resolved")
    wait_value(campaign, "the messages", "SELECT COUNT(*) FROM purser.outbox WHERE state = 'waiting'", 0)
    note("sent")
    until("the seal of all audit rows", campaign.patience, lambda: not campaign.oracle.verified()[0]["rows_unsealed"], 0.3)
    wait_value(campaign, "the leases of runs", "SELECT COUNT(*) FROM purser.leases WHERE name LIKE 'reconcile:%%'", 0)
