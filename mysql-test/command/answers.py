"""Every command, in every output, against what SQL says; those that change something by what they have changed."""
import json
import os
import re

from command import wait_until

# The worker's own checks and month ends are off: what is found was done by the commands.
CLIENTS = """
UPDATE purser.settings SET value = '0' WHERE name = 'usage_check_minutes';
INSERT INTO purser.packages (name, position, description, volume_limit, transaction_limit, price, currency, offered) VALUES
  ('starter', 1, 'To begin with', 1000, 100, 5, 'GBP', TRUE), ('pro', 2, '=1+1', 20000, 2000, 49, 'GBP', TRUE),
  ('great', 3, '', 999999999999999.9999, 999999999999999999, 99.99, 'GBP', TRUE), ('old', 4, '', NULL, NULL, 1, 'GBP', FALSE);
INSERT INTO purser.clients (id, external_id, name, email, package, status) VALUES
  (3, 'm-3', 'Zoë Ltd', 'zoe@example.com', 'starter', 'active'), (4, '=m-4', '=Bob''s "Sons", \\\\', 'bob@example.com', 'pro', 'active'),
  (5, NULL, 'Ann', 'Ann@example.com', 'starter', 'suspended'), (7, 'm-7', '日本', 'jp@example.com', 'great', 'active'),
  (8, NULL, 'Gone', 'gone@example.com', 'old', 'closed');
INSERT INTO purser.client_transactions (client_id, reference, amount) VALUES (3, 'a', 851.25), (3, 'b', 48.75), (4, 'c', 1.2345), (7, 'd', 0.0001);
INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)
  SELECT 3, 'late', 77, starts_at + INTERVAL 1 DAY FROM purser.usage_months WHERE month = '{before}';
INSERT INTO purser.alert_channels (name, kind, target) VALUES ('clients', 'mail', 'nobody@example.com');
UPDATE purser.alert_channels SET enabled = FALSE WHERE name = 'clients';
"""
MONTH, BEFORE = "purser.usage_month(UTC_TIMESTAMP(6))", "purser.usage_month(UTC_TIMESTAMP(6) - INTERVAL 32 DAY)"

READING = [
    ("status",), ("health",), ("health", "--now"), ("discrepancies", "list"), ("discrepancies", "show", "1"), ("client", "list"),
    ("client", "show", "3"), ("package", "list"), ("pricing", "list"), ("key", "list"), ("usage", "report"), ("ratelimit", "top"), ("ratelimit", "show", "user-7"),
    ("audit", "verify"), ("audit", "export"), ("constraints", "check"), ("alerts", "list"), ("alerts", "silences"), ("alerts", "dead"), ("selftest",),
]


def ids(rows):
    return [row["client_id"] for row in rows]


def prepare(server):
    server.before, server.month = server.sql(f"SELECT {BEFORE}, {MONTH}").split()
    server.sql(CLIENTS.replace("{before}", server.before))
    server.sql("CALL purser.set_pricing_override(7, 80.5, NULL, NULL, NULL, NULL, '=a gift')")
    server.sql("CALL purser.audit_enable('itsxtrapush_db', 'orders', 'status, currency')")
    server.sql("UPDATE itsxtrapush_db.orders SET status = status, currency = IF(currency = 'GBP', 'MWK', 'GBP') ORDER BY id LIMIT 5")
    server.sql("SELECT purser_rate_limit('user-7', '/pay', 10, 3600); SELECT purser_rate_limit('user-7', '/refund', 5, 60)")


def a_day_is_reconciled_and_several_are(server):
    days = server.json("reconcile", "--date", "2025-07-05", codes=(1,))
    assert len(days) == 1 and [row["gateway"] for row in days[0]["summary"]] == ["paychangu", "square", "ALL"], days
    wrong = days[0]["summary"][2]["discrepancies"]
    assert wrong == len(days[0]["discrepancies"]) == int(server.sql("SELECT COUNT(*) FROM purser.discrepancies WHERE holds AND business_date = '2025-07-05'"))
    days = server.json("reconcile", "--from", "2025-07-03", "--to", "2025-07-05", "--gateway=square", codes=(1,))
    assert [day["summary"][0]["report_date"] for day in days] == ["2025-07-03", "2025-07-04", "2025-07-05"], days
    rows = server.csv("reconcile", "--from=2025-07-03", "--to=2025-07-05", "--gateway=square", codes=(1,))
    assert [row["report_date"] for row in rows] == [day for day in ("2025-07-03", "2025-07-04", "2025-07-05") for _ in range(2)], rows
    result = server.run("reconcile", "--date=2025-07-05", "--output=csv")
    assert result.code == 1 and b"--set discrepancies" in result.err, result
    rows = server.csv("reconcile", "--date=2025-07-05", "--set=discrepancies", codes=(1,))
    assert len(rows) == wrong and rows[0]["type"], rows[:2]
    assert server.run("reconcile", "--date=2025-07-05", "--gateway=square", "--from=2025-07-05", "--to=2025-07-05").code == 2
    assert server.good("reconcile", "--date=2025-07-03", "--gateway=square").code == 0


def each_output_says_the_same(server):
    for command in READING:
        codes = (0, 1)
        document = server.json(*command, codes=codes)
        rows = server.csv(*command, codes=codes)
        table = server.good(*command, codes=codes).out.decode("utf-8")
        first = document if isinstance(document, list) else next(iter(document.values()))
        for name in first[0] if first else ():
            assert name in table, (command, name, table[:500])
        assert "\033" not in table and table.endswith("\n"), (command, table[:500])
        # what changes from one look to the next is not compared
        if command[0] in ("health", "status", "selftest"):
            continue
        assert len(first) == len(rows), (command, first, rows)
        for one, other in zip(first, rows):
            assert list(one) == list(other), (command, one, other)
            for name, value in one.items():
                text = other[name]
                if isinstance(value, (dict, list)):
                    assert json.loads(text, parse_float=str) == value, (command, name, value, text)
                else:
                    assert ("" if value is None else str(value)) == text.removeprefix("'"), (command, name, value, text)


def numbers_are_exact_and_moments_are_utc(server):
    text = server.good("client", "list", "--output=json").out.decode()
    assert '"volume_limit":999999999999999.9999,' in text and '"transaction_limit":999999999999999999,' in text and '"volume":0.0001,' in text, text
    row = server.json("discrepancies", "show", "1")["discrepancy"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", row["detected_at"]), row
    assert row["closed_at"] is None and re.fullmatch(r"\d+\.\d{4}", row["internal_amount"]), row
    rows = server.json("audit", "export", "--limit=2")
    assert isinstance(rows[0]["new_values"], dict) and re.fullmatch("[0-9a-f]{64}", rows[0]["leaf"]), rows


def filters_choose(server):
    everything = server.json("discrepancies", "list", "--state=all")
    for options, condition in (
            (("--type=PAID_NOT_RECORDED",), lambda row: row["type"] == "PAID_NOT_RECORDED"),
            (("--gateway", "square", "--state", "open"), lambda row: row["gateway"] == "square" and row["state"] == "open"),
            (("--from=2025-07-05", "--to=2025-07-05"), lambda row: row["business_date"] == "2025-07-05"),
            (("--date=2025-07-04",), lambda row: row["business_date"] == "2025-07-04"),
            (("--order=" + everything[3]["order_id"],), lambda row: row["order_id"] == everything[3]["order_id"])):
        expected = [row["id"] for row in everything if condition(row) and row["state"] in ("open", "acknowledged")]
        assert [row["id"] for row in server.json("discrepancies", "list", *options)] == expected, options
    assert len(server.json("discrepancies", "list", "--limit=3")) == 3
    assert server.json("ratelimit", "show", "user-7", "--endpoint=/refund")[0]["max_requests"] == 5


def clients_are_chosen(server):
    for options, expected in (
            ((), [3, 4, 5, 7, 8]), (("--package", "starter"), [3, 5]), (("--usage-above=080.5",), [3]), (("--usage-above=90",), []),
            (("--usage-below=90",), [4, 5, 7]), (("--status=suspended",), [5]), (("--name=zOË",), [3]), (("--email=ANN@example.com",), [5]),
            (("--external-id==m-4",), [4]), (("--sort", "-name"), [7, 3, 8, 5, 4]), (("--sort=-usage", "--limit", "02"), [3, 4]),
            (("--package=starter", "--status=active", "--name=\\' OR 1"), []), (("--month=" + server.before, "--usage-above=7"), [3])):
        assert ids(server.json("client", "list", *options)) == expected, options
    for option, words in (("--package=p'r\"o\\", "no package 'p'r\"o\\'"), ("--limit=0", "from 1 on"), ("--month=9999-12", "not begun")):
        result = server.run("client", "list", option)
        assert result.code == 4 and words in result.err.decode() and result.out == b"", result
    row = server.json("client", "list", "--usage-above=80")[0]
    assert (row["name"], row["volume"], row["volume_limit"], row["usage_percent"], row["currency"]) == ("Zoë Ltd", "900.0000", "1000.0000", "90.00", "GBP"), row
    assert server.run("client", "show", "4711").code == 4 and server.json("client", "show", "3")[0]["transactions"] == 2
    rows = server.json("usage", "report", "--client=3", "--from=" + server.before, "--to=" + server.month)
    assert [(row["month"], row["volume"]) for row in rows] == [(server.before, "77.0000"), (server.month, "900.0000")], rows
    assert [row["name"] for row in server.json("package", "list")] == ["starter", "pro", "great", "old"]
    assert server.csv("package", "list")[1]["description"] == "'=1+1"


def a_client_is_put_on_another_package(server):
    would = server.json("package", "switch", "3", "pro", "--reason=x", "--dry-run")
    assert {row["what"]: row["difference"] for row in would}["price"] == "44.0000", would
    assert server.sql("SELECT package FROM purser.clients WHERE id = 3") == "starter"
    assert server.json("package", "switch", "3", "pro", "-n") == would and server.run("package", "switch", "3", "pro").code == 2
    assert server.run("package", "switch", "3", "--dry-run").code == 2
    reason = "they 'asked', \\ 日本"
    assert server.json("package", "switch", "3", "pro", "--reason=" + reason) == would
    assert server.sql("SELECT package FROM purser.clients WHERE id = 3") == "pro"
    assert server.sql("SELECT reason FROM purser.admin_log ORDER BY id DESC LIMIT 1") == reason
    for arguments in (("3", "pro"), ("3", "old"), ("3", "nothing"), ("4711", "pro")):
        assert server.run("package", "switch", *arguments, "--reason=x").code == 4, arguments
    assert server.run("package", "switch", "3", "starter", "--reason= ").code == 4
    server.good("package", "switch", "3", "starter", "--reason=back", "--output=csv")


def prices_are_set_and_ended(server):
    row, = server.json("pricing", "set", "4", "--price=12.50", "--transaction-limit=0100", "--from=2099-01-01", "--until=2099-02-01T10:30:00Z",
                       "--reason=a gift")
    assert (row["price"], row["volume_limit"], row["transaction_limit"], row["reason"]) == ("12.5000", None, 100, "a gift"), row
    assert (row["starts_at"], row["ends_at"]) == ("2099-01-01T00:00:00.000000Z", "2099-02-01T10:30:00.000000Z"), row
    assert server.run("pricing", "set", "4", "--price=1", "--from=2099-01-15", "--reason=x").code == 4
    assert server.run("pricing", "set", "4", "--reason=x").code == 4
    assert server.json("pricing", "list", "--client=4")[0]["state"] == "to come" and ids(server.json("pricing", "list")) == [4, 7]
    assert server.json("pricing", "end", str(row["id"]), "--reason=over", "--yes")[0]["state"] == "taken away"
    assert server.json("pricing", "list", "--client=4") == []
    row, = server.json("pricing", "set", "4", "--volume-limit=10", "--reason=x")
    assert row["ends_at"] is None and server.json("client", "show", "4")[0]["volume_limit"] == "10.0000"
    server.good("pricing", "end", str(row["id"]), "--reason=over", "--yes")
    assert server.json("client", "show", "4")[0]["volume_limit"] == "20000.0000"
    assert server.json("pricing", "list", "--client=4")[0]["state"] == "ended"


def usage_is_checked_tested_and_reset(server):
    alerts = "SELECT GROUP_CONCAT(client_id, ':', threshold, ':', outbox_id IS NULL ORDER BY client_id, threshold) FROM purser.usage_alerts"
    mails = "SELECT COUNT(*) FROM purser.outbox WHERE channel = 'clients'"
    result = server.run("usage", "test", "3", "90")
    assert result.code == 4 and b"usage_channel" in result.err, result
    answer = server.json("usage", "check")[0]
    assert re.fullmatch(r"Usage alerts checked for 3 clients, \d+ alerts sent", answer["message"]), answer
    assert re.match(r"\d+ of this month ", answer["note"]), answer
    assert server.sql(alerts) == "3:80.00:1,3:90.00:1" and server.sql(mails) == "0"
    server.sql("UPDATE purser.settings SET value = 'clients' WHERE name = 'usage_channel'")
    assert server.csv("usage", "check")[0]["message"].startswith("Usage alerts checked for 3 clients, ")
    assert server.sql(mails) == "1", server.sql("SELECT * FROM purser.outbox")
    row, = server.json("usage", "test", "3", "90")
    assert row["recipient"] == "zoe@example.com" and row["subject"].startswith("[Test] ") and server.sql(mails) == "2", row
    assert server.run("usage", "test", "3", "85").code == 4 and server.run("usage", "test", "3", "90.12345").code == 2
    history = "SELECT COUNT(*), COALESCE(SUM(volume), 0) FROM purser.usage_history"
    assert server.sql(history) == "0\t0.0000" or server.sql(history) == "0\t0", server.sql(history)
    closed = server.json("usage", "reset", "-y")
    assert closed[-1]["month"] == server.before and (closed[-1]["clients"], closed[-1]["transactions"]) == (1, 1), closed
    assert server.sql(history) == "1\t77.0000" and server.json("usage", "reset", "-y") == []
    assert ids(server.json("client", "list", "--month=" + server.before, "--usage-above=7")) == [3]


def keys_are_made_listed_and_revoked(server):
    keys = "SELECT COUNT(*) FROM purser.client_keys"
    secrets = server.sql("SELECT @@purser_secrets_file")
    with open(server.home + "/no-seed.json", "w", encoding="ascii") as file:
        file.write("{}")
    os.chmod(server.home + "/no-seed.json", 0o600)
    server.sql(f"SET GLOBAL purser_secrets_file = '{server.home}/no-seed.json'")
    result = server.run("key", "create", "3")
    assert result.code == 4 and b"key_seed" in result.err and server.sql(keys) == "0", result
    path = server.home + "/keys.json"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
        json.dump({"api": {"key_seed": os.urandom(32).hex()}}, file)
    server.sql(f"SET GLOBAL purser_secrets_file = '{path}'")
    try:
        row, = server.json("key", "create", "3", "--label=web 'shop'", "--expires=2099-01-01")
        assert (row["client_id"], row["label"], row["expires_at"]) == (3, "web 'shop'", "2099-01-01T00:00:00.000000Z") and len(row["secret"]) > 20, row
        text = server.good("key", "create", "4").out.decode()
        assert re.search(r"^secret +\S{20,}$", text, re.M), text
        other, = server.csv("key", "create", "4")
    finally:
        server.sql(f"SET GLOBAL purser_secrets_file = '{secrets}'")
    result = server.good("key", "list", "--output=json")
    assert row["secret"].encode() not in result.out and [key["state"] for key in json.loads(result.out)] == ["good"] * 3, result
    assert ids(server.json("key", "list", "--client=3")) == [3] and len(server.csv("key", "list", "--client=4")) == 2
    assert server.run("key", "revoke", other["key_id"], "--reason=lost").code == 6
    assert server.json("key", "revoke", other["key_id"], "--reason=lost", "--yes")[0]["revoked_at"]
    assert sorted(key["state"] for key in server.json("key", "list", "--client=4")) == ["good", "revoked"]
    assert server.run("key", "revoke", "pk_none", "--reason=x", "--yes").code == 4
    assert server.sql("SELECT reason FROM purser.admin_log ORDER BY id DESC LIMIT 1") == "lost"


def changes_are_made_and_leave_their_trail(server):
    note = "it's \"paid\" \\ by hand; -- 日本"
    result = server.good("discrepancies", "resolve", "3", "--note", note)
    assert result.out == b"" and b"done" in result.err, result
    event = server.json("discrepancies", "show", "3")["events"][-1]
    assert (event["to_state"], event["note"], event["from_state"]) == ("resolved", note, "open") and "@" in event["actor"], event
    server.good("discrepancies", "resolve", "3", "--as=open")
    assert server.good("discrepancies", "resolve", "3", "--as=ignored", "--note=x", "--output=json").out == b"[]\n"
    assert server.json("ratelimit", "reset", "user-7", "/pay", "--yes") == [{"known": 1}]
    server.good("alerts", "silence", "inventory", "--minutes=60", "--note=stocktaking")
    assert server.json("alerts", "silences")[0]["what"] == "inventory"
    server.good("alerts", "unsilence", "inventory")
    assert server.json("alerts", "silences") == []
    assert server.json("alerts", "replay", "--all") == [{"messages": 0}]


def constraints_are_applied_and_reverted(server):
    applied = server.json("constraints", "apply", codes=(0, 1))
    assert {row["outcome"] for row in applied} & {"applied"}, applied
    reverted = server.json("constraints", "revert", "--yes")
    assert reverted and {row["outcome"] for row in reverted} == {"reverted"}, reverted


def a_dry_run_shows_the_statement_and_changes_nothing(server):
    tables = ("admin_log", "alert_silences", "client_keys", "client_usage", "clients", "constraint_objects", "discrepancies", "discrepancy_events", "outbox",
              "pricing_overrides", "reconciliation_runs", "usage_alerts", "usage_history", "usage_months")
    server.sql("UPDATE purser.usage_months SET closed_at = NULL WHERE month = '" + server.before + "'")
    before = server.sql("CHECKSUM TABLE " + ", ".join("purser." + table for table in tables))
    for command, statement in (
            (("discrepancies", "resolve", "5", "--note=it's"), "CALL purser.resolve_discrepancy(5, 'resolved', 'it\\'s')"),
            (("reconcile", "--date=2025-07-05"), "CALL purser.reconcile('2025-07-05', NULL)"),
            (("alerts", "ack", "1"), "CALL purser.alert_acknowledge('1', NULL)"),
            (("alerts", "silence", "*", "--minutes=5"), "CALL purser.alert_silence('*', 5, NULL)"),
            (("alerts", "unsilence", "x"), "CALL purser.alert_unsilence('x')"),
            (("alerts", "replay", "7"), "CALL purser.outbox_replay(7)"),
            (("constraints", "apply"), "CALL purser.apply_constraints(NULL)"),
            (("constraints", "revert", "--schema=s"), "CALL purser.revert_constraints('s')"),
            (("ratelimit", "reset", "a", "b"), "SELECT purser_rate_limit_reset('a', 'b') AS known"),
            (("pricing", "set", "1", "--reason=x"), "CALL purser.set_pricing_override(1, NULL, NULL, NULL, NULL, NULL, 'x')"),
            (("pricing", "end", "1", "--reason=x"), "CALL purser.end_pricing_override(1, 'x')"),
            (("key", "create", "3", "--label=x"), "CALL purser.create_client_key(3, 'x', NULL)"),
            (("key", "revoke", "k", "--reason=x"), "CALL purser.revoke_client_key('k', 'x')"),
            (("usage", "check"), "CALL purser.check_usage_alerts()"),
            (("usage", "test", "1", "80"), "CALL purser.test_usage_alert(1, 80)"),
            (("usage", "reset"), "CALL purser.reset_monthly_usage()")):
        assert server.json(*command, "--dry-run") == [{"statement": statement}], command
    server.good("package", "switch", "4", "starter", "--reason=x", "--dry-run")
    days = server.json("reconcile", "--from=2025-02-27", "--to=2025-03-01", "-n")
    assert [day["statement"][23:33] for day in days] == ["2025-02-27", "2025-02-28", "2025-03-01"], days
    assert before == server.sql("CHECKSUM TABLE " + ", ".join("purser." + table for table in tables))


def a_result_set_that_is_not_shown_is_told_of(server):
    """By a procedure that answers with more than this release's."""
    server.sql("DELIMITER //\nCREATE OR REPLACE PROCEDURE purser.show_client(c BIGINT) BEGIN SELECT c AS client_id; SELECT 80 AS threshold; SELECT 1; END//\n")
    result = server.good("client", "show", "3")
    assert result.err.splitlines() == [b"purser: there is also 'result_2', of 1 rows: --set result_2",
                                       b"purser: there is also 'result_3', of 1 rows: --set result_3"], result
    assert server.json("client", "show", "3", "--set=result_2") == [{"threshold": 80}]
    assert list(server.json("discrepancies", "show", "1")) == ["discrepancy", "events"]
    for command, names in ((("client", "show", "3"), b"client"), (("discrepancies", "show", "1"), b"discrepancy events")):
        result = server.run(*command, "--set=nothing")
        assert result.code == 2 and names in result.err, result


def a_proof_is_a_document(server):
    identifier = server.sql("SELECT MIN(id) FROM purser.audit_log")
    wait_until("a seal", lambda: server.run("audit", "proof", identifier).code == 0)
    plain = json.loads(server.good("audit", "proof", identifier).out)
    assert server.json("audit", "proof", identifier)[0]["proof"].keys() == plain.keys()
    kept = server.home + "/checkpoint"
    with open(kept, "wb") as file:
        file.write(bytes.fromhex(server.sql("SELECT HEX(checkpoint) FROM purser.audit_seals ORDER BY id DESC LIMIT 1")))
    assert server.json("audit", "verify", "--checkpoint=" + kept)["summary"][0]["verdict"] == "ok"


def bad_findings_are_exit_code_1(server):
    assert server.run("audit", "verify").code == 0
    server.sql("SET GLOBAL purser_audit_seal_seconds = 3600")
    row = server.sql("SELECT MIN(id) FROM purser.audit_log")
    server.sql("DROP TRIGGER purser.audit_log_update; UPDATE purser.audit_log SET record_id = '4711' WHERE id = " + row)
    result = server.run("audit", "verify", "--output=json")
    document = json.loads(result.out)
    assert result.code == 1 and document["summary"][0]["verdict"] == "tampered" and document["findings"], result
    assert server.run("constraints", "check").code in (0, 1)


def a_server_without_the_plugin_is_not_well(server):
    server.sql("UNINSTALL SONAME 'purser'")
    try:
        result = server.run("status", "--output=json")
        row = json.loads(result.out)["status"][0]
        assert result.code == 1 and row["worker"] == row["health"] == "not loaded", result
        result = server.run("reconcile", "--date=2025-07-05")
        assert result.code == 4 and b"INSTALL SONAME 'purser'" in result.err, result
    finally:
        server.sql("INSTALL SONAME 'purser'")
    wait_until("the worker", lambda: server.json("status", codes=(0, 1))["status"][0]["worker"] == "ready")


TESTS = [prepare, a_day_is_reconciled_and_several_are, each_output_says_the_same, numbers_are_exact_and_moments_are_utc, filters_choose,
         clients_are_chosen, a_client_is_put_on_another_package, prices_are_set_and_ended, usage_is_checked_tested_and_reset, keys_are_made_listed_and_revoked,
         changes_are_made_and_leave_their_trail, constraints_are_applied_and_reverted, a_dry_run_shows_the_statement_and_changes_nothing,
         a_proof_is_a_document, bad_findings_are_exit_code_1,
         a_server_without_the_plugin_is_not_well, a_result_set_that_is_not_shown_is_told_of]
