"""Every command, in every output, against what SQL says. The procedures of clients and packages are stood in for:
what is tested of them is the statement that reaches the server, and what becomes of the answer.
"""
import json
import re

from command import wait_until

STAND_INS = """
DELIMITER //
CREATE TABLE IF NOT EXISTS purser.seen (id INT AUTO_INCREMENT PRIMARY KEY, what TEXT)//
CREATE OR REPLACE PROCEDURE purser.list_clients(f LONGTEXT) BEGIN INSERT INTO purser.seen (what) VALUES (f);
  SELECT 7 AS client_id, 'Zoë Ltd' AS name, 12.3400 AS volume, 123456789012345678901234567890.12345678 AS volume_limit; END//
CREATE OR REPLACE PROCEDURE purser.show_client(c BIGINT) BEGIN SELECT c AS client_id, 'x' AS name; SELECT 80 AS threshold; SELECT 1 AS one; END//
CREATE OR REPLACE PROCEDURE purser.list_packages() SELECT 'pro' AS name//
CREATE OR REPLACE PROCEDURE purser.switch_package(c BIGINT, p TEXT, r TEXT, d BOOLEAN) BEGIN INSERT INTO purser.seen (what)
  VALUES (CONCAT_WS('|', 'switch', c, p, r, d)); SELECT 'price' AS what, 10.00 AS was, 20.00 AS will_be; END//
CREATE OR REPLACE PROCEDURE purser.set_pricing_override(c BIGINT, p DECIMAL(19,4), v DECIMAL(19,4), t BIGINT, f DATETIME, u DATETIME, r TEXT)
  INSERT INTO purser.seen (what) VALUES (CONCAT_WS('|', 'set', c, p, COALESCE(v, 'NULL'), t, f, u, r))//
CREATE OR REPLACE PROCEDURE purser.list_pricing_overrides(c BIGINT) SELECT c AS client_id//
CREATE OR REPLACE PROCEDURE purser.end_pricing_override(i BIGINT, r TEXT) INSERT INTO purser.seen (what) VALUES (CONCAT_WS('|', 'end', i, r))//
CREATE OR REPLACE PROCEDURE purser.usage_report(c BIGINT, f VARCHAR(7), t VARCHAR(7)) SELECT c AS client_id, f AS a, t AS b//
CREATE OR REPLACE PROCEDURE purser.check_usage_alerts() SELECT 'Usage alerts checked for 3 clients, 1 alerts sent' AS result//
CREATE OR REPLACE PROCEDURE purser.test_usage_alert(c BIGINT, t INT) INSERT INTO purser.seen (what) VALUES (CONCAT_WS('|', 'test', c, t))//
CREATE OR REPLACE PROCEDURE purser.reset_monthly_usage() INSERT INTO purser.seen (what) VALUES ('reset')//
"""

READING = [
    ("status",), ("health",), ("health", "--now"), ("discrepancies", "list"), ("discrepancies", "show", "1"), ("client", "list"),
    ("client", "show", "3"), ("package", "list"), ("pricing", "list"), ("usage", "report"), ("ratelimit", "top"), ("ratelimit", "show", "user-7"),
    ("audit", "verify"), ("audit", "export"), ("constraints", "check"), ("alerts", "list"), ("alerts", "silences"), ("alerts", "dead"), ("selftest",),
]


def seen(server):
    return server.sql("SELECT what FROM purser.seen ORDER BY id DESC LIMIT 1")


def prepare(server):
    server.sql(STAND_INS)
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
    assert '"volume_limit":123456789012345678901234567890.12345678' in text and '"volume":12.3400' in text, text
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
    server.good("client", "list", "--package", "p'r\"o\\", "--usage-above=080.5", "--status=active", "--sort", "-usage", "--limit", "010",
                "--month=2025-07", "--external-id=x")
    assert json.loads(seen(server)) == {"package": "p'r\"o\\", "usage_above": 80.5, "status": "active", "sort": "-usage", "limit": 10,
                                        "month": "2025-07", "external_id": "x"}
    server.good("client", "list")
    assert seen(server) == "{}"
    assert server.json("usage", "report", "--client=4", "--from=2025-01", "--to=2025-06") == [{"client_id": 4, "a": "2025-01", "b": "2025-06"}]
    assert server.json("ratelimit", "show", "user-7", "--endpoint=/refund")[0]["max_requests"] == 5


def changes_are_made_and_leave_their_trail(server):
    note = "it's \"paid\" \\ by hand; -- 日本"
    result = server.good("discrepancies", "resolve", "3", "--note", note)
    assert result.out == b"" and b"done" in result.err, result
    event = server.json("discrepancies", "show", "3")["events"][-1]
    assert (event["to_state"], event["note"], event["from_state"]) == ("resolved", note, "open") and "@" in event["actor"], event
    server.good("discrepancies", "resolve", "3", "--as=open")
    assert server.good("discrepancies", "resolve", "3", "--as=ignored", "--note=x", "--output=json").out == b"[]\n"
    server.good("package", "switch", "3", "pro", "--reason=they asked")
    assert seen(server) == "switch|3|pro|they asked|0"
    server.good("pricing", "set", "3", "--price=12.50", "--transaction-limit=100", "--from=2025-07-01", "--until=2025-08-01T10:30:00Z",
                "--reason=a gift")
    assert seen(server) == "set|3|12.5000|NULL|100|2025-07-01 00:00:00|2025-08-01 10:30:00|a gift", seen(server)
    server.good("pricing", "end", "9", "--reason=over", "--yes")
    assert seen(server) == "end|9|over"
    server.good("usage", "test", "3", "90")
    assert seen(server) == "test|3|90"
    server.good("usage", "reset", "-y")
    assert seen(server) == "reset"
    assert server.json("usage", "check")[0]["result"].startswith("Usage alerts checked for 3")
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
    before = server.sql("SELECT COUNT(*) FROM purser.seen"), server.sql("SELECT COUNT(*) FROM purser.discrepancy_events")
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
            (("usage", "check"), "CALL purser.check_usage_alerts()"),
            (("usage", "test", "1", "80"), "CALL purser.test_usage_alert(1, 80)"),
            (("usage", "reset"), "CALL purser.reset_monthly_usage()")):
        assert server.json(*command, "--dry-run") == [{"statement": statement}], command
    assert before == (server.sql("SELECT COUNT(*) FROM purser.seen"), server.sql("SELECT COUNT(*) FROM purser.discrepancy_events"))
    server.good("package", "switch", "3", "pro", "--reason=x", "--dry-run")
    assert seen(server) == "switch|3|pro|x|1"
    days = server.json("reconcile", "--from=2025-02-27", "--to=2025-03-01", "-n")
    assert [day["statement"][23:33] for day in days] == ["2025-02-27", "2025-02-28", "2025-03-01"], days


def a_result_set_that_is_not_shown_is_told_of(server):
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


TESTS = [prepare, a_day_is_reconciled_and_several_are, each_output_says_the_same, numbers_are_exact_and_moments_are_utc, filters_choose,
         changes_are_made_and_leave_their_trail, constraints_are_applied_and_reverted, a_dry_run_shows_the_statement_and_changes_nothing,
         a_result_set_that_is_not_shown_is_told_of, a_proof_is_a_document, bad_findings_are_exit_code_1]
