"""The calls with real arguments, upon the shop of shop.sql, each with what it needs before it. Their names begin with the routine's,
or with what is done: a view, a table.
"""
from catalogue import Call

KEY = "CONCAT('pk_', REPEAT('a', 24)), SHA2(CONCAT('sk_', REPEAT('a', 64)), 256)"
USAGE_OF_TABLE = """CALL purser.map_usage('pay', 'payments', '{"client_id": "merchant", "amount": "total", "occurred_at": "at",
 "reference": "id", "currency": "cur", "where": {"state": "paid"}}')"""
IS_MAPPED = "EXISTS (SELECT 1 FROM purser.settings WHERE name = 'usage_table')"


def where(condition, statement):
    """Two statements that make it only where it is needed."""
    quoted = statement.replace("'", "''")
    return f"SET @needed = IF({condition}, '{quoted}', 'DO 1')", "EXECUTE IMMEDIATE @needed"


MAPPED = where(f"NOT {IS_MAPPED}", USAGE_OF_TABLE)
KEPT = where(IS_MAPPED, "CALL purser.unmap_usage()")
# All clients' usage is to be looked at, and above thresholds.
NEAR = ("UPDATE purser.clients SET thresholds = NULL", "DELETE FROM purser.usage_alerts WHERE threshold > 50",
        "UPDATE purser.client_usage SET due = TRUE")
WRONG = ("UPDATE purser.client_usage SET volume = volume + 1 WHERE client_id = 1",)
TODAY = ("SET @today = UTC_DATE()",)
MONTH = ("SET @month = purser.usage_month(UTC_TIMESTAMP(6))", "UPDATE purser.usage_months SET closed_at = NULL WHERE month = @month")
FULL_PRICE = ("DELETE FROM purser.pricing_overrides WHERE client_id = 2",)

REQUESTS = [("usage", "'{}'"), ("usage_history", "'{}'"), ("package", "'{}'"), ("transactions", "'{}'"),
            ("transactions, five", """'{"limit":5,"from":"2026-11-01T00:00:00Z"}'"""),
            ("reconciliation", "CONCAT('{\"date\":\"', UTC_DATE(), '\"}')"), ("checkpoint", "'{}'")]
ITEMS = """(SELECT '[{"gadget_id": 1, "delta": -1}, {"gadget_id": 2, "new_quantity": 15}, {"gadget_id": 3, "new_quantity": 4}]')"""
PAYMENT = "INSERT INTO pay.payments (merchant, total, at, cur, state) VALUES (1, 5, UTC_TIMESTAMP(3), NULL, 'paid')"
CHANGE = "UPDATE audit_shop.orders SET total = total + 1, note = UUID() WHERE id < 4"
VIEWS = ["rate_limits", "latest_runs", "app_gadgets", "app_orders", "firing_alerts", "health", "reconciliation_progress", "app_payments",
         "open_discrepancies", "client_limits", "app_order_items", "app_client_usage", "app_users", "outbox_dead"]


def client_api():
    for usage, before in (("kept", KEPT), ("mapped", MAPPED)):
        for request, arguments in REQUESTS:
            yield Call(f"api_call: {request}, {usage} usage",
                       f"CALL purser.api_call({KEY}, '{request.partition(',')[0]}', {arguments})", before)
        yield Call(f"api_reconciliation: {usage} usage",
                   "SELECT purser.api_reconciliation(1, @today, @today, @today + INTERVAL 86399 SECOND)", before + TODAY)
        yield Call(f"purser_usage_allowed: {usage} usage", "SELECT purser.purser_usage_allowed(1, 5)", before)
        yield Call(f"recount_usage: {usage} usage", "CALL purser.recount_usage(NULL, NULL)", before + WRONG)
        yield Call(f"recount_usage: a client, {usage} usage", "CALL purser.recount_usage(1, @month)", before + WRONG + MONTH)
    yield Call("client_transactions: insert", "INSERT INTO purser.client_transactions (client_id, reference, amount, occurred_at)"
               " VALUES (1, UUID(), 5, UTC_TIMESTAMP(6))", KEPT)


def mapped_usage():
    yield Call("map_usage: payments", USAGE_OF_TABLE)
    yield Call("unmap_usage: payments", "CALL purser.unmap_usage()", MAPPED)
    yield Call("payments: insert", PAYMENT, MAPPED)
    yield Call("payments: insert, any client and month", "INSERT INTO pay.payments (merchant, total, at, cur, state) VALUES"
               " (1 + FLOOR(RAND() * 4), 5, UTC_TIMESTAMP(3) + INTERVAL FLOOR(RAND() * 100) MONTH, NULL, 'paid')", MAPPED)
    yield Call("payments: update", "UPDATE pay.payments SET total = total + 1 WHERE id = 5", MAPPED)
    yield Call("payments: delete", "DELETE FROM pay.payments ORDER BY id DESC LIMIT 1", MAPPED)


def usage():
    for name, more in (("due", ()), ("after a change of packages", ("UPDATE purser.packages SET volume_limit = volume_limit + 1,"
                       " limits_changed_at = UTC_TIMESTAMP(6)",))):
        yield Call(f"usage_check: {name}", "CALL purser.usage_check(NULL, @counted, @alerts)", NEAR + more)
    for name, more in (("due", ()), ("other limits",
                       ("UPDATE purser.packages SET volume_limit = 100 + RAND() * 3000 WHERE volume_limit IS NOT NULL",))):
        yield Call(f"check_usage_alerts: {name}", "CALL purser.check_usage_alerts()", NEAR + more)
    yield Call("usage_round: due", "CALL purser.usage_round(@done, @alerts)", NEAR)
    yield Call("usage_check_quiet: a month", "CALL purser.usage_check_quiet(@rows, @levels)",
               MONTH + ("SET @rows = CONCAT('[[1,\"', @month, '\",0,10,1]]')",))
    yield Call("usage_close: the month", "CALL purser.usage_close(@month, 0, 99, UTC_TIMESTAMP(6), @closed)", MONTH)
    yield Call("reset_monthly_usage: a month that is open", "CALL purser.reset_monthly_usage()",
               ("SET @last = purser.usage_month(UTC_TIMESTAMP(6) - INTERVAL 1 MONTH)", "DELETE FROM purser.usage_history WHERE month = @last",
                "UPDATE purser.usage_months SET closed_at = NULL WHERE month = @last"))
    yield Call("usage_report: months", "CALL purser.usage_report(NULL, '2026-08', '2026-12')")
    yield Call("usage_report: now", "CALL purser.usage_report(NULL, NULL, NULL)")


def clients():
    yield Call("switch_package: a look", "CALL purser.switch_package(1, 'pro', NULL, TRUE)",
               ("UPDATE purser.clients SET package = 'small' WHERE id = 1",))
    yield Call("switch_package: done", "CALL purser.switch_package(1, 'pro', 'x', FALSE)",
               ("UPDATE purser.clients SET package = 'small' WHERE id = 1",))
    override = "CALL purser.set_pricing_override(2, '5', '800', '50', NULL, NULL, 'deal')"
    yield Call("set_pricing_override: Bob", override, FULL_PRICE)
    yield Call("end_pricing_override: Bob", "CALL purser.end_pricing_override(@id, 'x')",
               FULL_PRICE + (override, "SET @id = (SELECT MAX(id) FROM purser.pricing_overrides)"))
    yield Call("list_clients: all", "CALL purser.list_clients('{}')")
    yield Call("list_clients: of a package", """CALL purser.list_clients('{"package":"small"}')""")
    yield Call("list_packages: all", "CALL purser.list_packages()")
    yield Call("list_pricing_overrides: all", "CALL purser.list_pricing_overrides(NULL)")
    yield Call("test_usage_alert: 80", "CALL purser.test_usage_alert(1, 80)")
    yield Call("show_client: Ann", "CALL purser.show_client(1)")


def shop():
    yield Call("batch_update_stock: all or nothing", f"CALL purser.batch_update_stock({ITEMS})")
    yield Call("batch_update_stock: some are skipped", """CALL purser.batch_update_stock('{"results":"all","policy":"skip","items":"""
               """[{"gadget_id":1,"delta":-5000},{"gadget_id":2,"delta":3}]}')""")
    yield Call("batch_insert_order_items: two", "CALL purser.batch_insert_order_items(@order,"
               """ '[{"gadget_id":1},{"gadget_id":2,"unit_price":5}]')""", ("SET @order = (SELECT MAX(id) FROM itsxtrapush_db.orders)",))
    yield Call("batch_update_subscriptions: two", """CALL purser.batch_update_subscriptions("""
               """'[{"user_id":3,"status":"active"},{"user_id":8,"status":"expired"}]')""")
    for routine in ("check_constraints", "apply_constraints", "revert_constraints"):
        yield Call(f"{routine}: the shop", f"CALL purser.{routine}(NULL)")
    yield Call("map_app: the shop", "CALL purser.map_app('itsxtrapush_db')")


def audited():
    enabled = "EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = 'audit_shop' AND EVENT_OBJECT_TABLE = 'two')"
    enable, disable = "CALL purser.audit_enable('audit_shop', 'two', NULL)", "CALL purser.audit_disable('audit_shop', 'two')"
    yield Call("audit_enable: a table", enable, where(enabled, disable))
    yield Call("audit_disable: a table", disable, where(f"NOT {enabled}", enable))
    yield Call("audited orders: insert", "INSERT INTO audit_shop.orders (user_id, status, total) VALUES (1, 'n', 3)")
    yield Call("audited orders: update", CHANGE)
    yield Call("audited orders: delete", "DELETE FROM audit_shop.orders ORDER BY id DESC LIMIT 1")
    yield Call("audit_prune: all but a day", "CALL purser.audit_prune(UTC_TIMESTAMP() - INTERVAL 1 DAY, 'x')")


def looks():
    yield Call("report_json: today", "SELECT purser.report_json(UTC_DATE())")
    yield Call("health_json: now", "SELECT purser.health_json()")
    yield Call("rate_limits_json: now", "SELECT purser.rate_limits_json()")
    yield Call("alert_silence: a gateway", "CALL purser.alert_silence('gateway_one', 5, 'x')")
    yield Call("alert_unsilence: a gateway", "CALL purser.alert_unsilence('gateway_one')",
               ("CALL purser.alert_silence('gateway_one', 5, 'x')",))
    yield Call("resolve_discrepancy: an open one", "CALL purser.resolve_discrepancy(@id, 'ignored', 'x')",
               ("UPDATE purser.discrepancies SET state = 'open' WHERE gateway = 'one'",
                "SET @id = (SELECT MAX(id) FROM purser.discrepancies WHERE state = 'open')"))


def prepared():
    """Statements that are prepared and run again are kept as a routine's are."""
    for name, statement, before in (
            ("payments: insert", PAYMENT, MAPPED), ("payments: update", "UPDATE pay.payments SET total = total + 1 WHERE id = 5", MAPPED),
            ("audited orders: update", CHANGE, ()), ("report_json", "SELECT purser.report_json(UTC_DATE())", ()),
            ("dashboard_json", "SELECT purser.dashboard_json()", ()), ("api_answer", "SELECT purser.api_answer(1, 'transactions', '{}')", ()),
            ("check_usage_alerts", "CALL purser.check_usage_alerts()", ()),
            ("purser_usage_allowed", "SELECT purser.purser_usage_allowed(1, 5)", ())):
        yield Call(f"prepared {name}", statement, before, prepared=True)
    for view in VIEWS:
        yield Call(f"view {view}: rows", f"SELECT * FROM purser.{view}", MAPPED, prepared=True)
        yield Call(f"view {view}: count", f"SELECT COUNT(*) FROM purser.{view}", MAPPED, prepared=True)
    for one in ("health", "rate_limits", "client_limits"):
        for two in ("latest_runs", "open_discrepancies", "client_limits", "app_client_usage"):
            yield Call(f"view {one}: joined with {two}", f"SELECT * FROM purser.{one} AS a JOIN purser.{two} AS b LIMIT 5", MAPPED, prepared=True)


def real_calls():
    for calls in (client_api, mapped_usage, usage, clients, shop, audited, looks, prepared):
        yield from calls()
