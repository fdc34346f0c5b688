"""What has to be found: made of the orders and of what the gateways know, by the words of docs/reconciliation.md and with none of
Purser's code. Each reference of a campaign is one order (or two) and its payments, all of one day.
"""
from decimal import Decimal


def judge(gateway, orders, records):
    """The types of what is to be found under one reference, sorted. orders: (amount, currency, payment status)."""
    captured = [record for record in records if record["status"] == "captured"]
    if not orders:
        # PayChangu is asked by the references of orders: what has none is never seen
        return ["MISSING_INTERNAL"] * len(captured) if gateway == "square" else []
    paid = [order for order in orders if order[2] == "paid"]
    if not captured:
        what = "STATUS_MISMATCH" if records else "MISSING_IN_GATEWAY"
        return [what] * len(paid)
    found = ["DUPLICATE_IN_GATEWAY"] * (len(captured) - len(orders)) + ["DUPLICATE_INTERNAL"] * (len(orders) - len(captured))
    if not paid:
        return sorted(found + ["PAID_NOT_RECORDED"])
    amount, currency, _ = paid[0]
    if captured[0]["currency"] != currency:
        found.append("CURRENCY_MISMATCH")
    elif abs(Decimal(captured[0]["amount"]) - amount) > Decimal("0.01"):
        found.append("AMOUNT_MISMATCH")
    return sorted(found)


def by_reference(orders, records):
    """{(gateway, reference): types} of all that is to be found. orders: rows of (reference, gateway, amount, currency, status)."""
    groups = {}
    for reference, gateway, amount, currency, status in orders:
        groups.setdefault((gateway, reference), ([], []))[0].append((amount, currency, status))
    for record in records:
        groups.setdefault((record["gateway"], record["reference"]), ([], []))[1].append(record)
    found = {key: judge(key[0], *group) for key, group in groups.items()}
    return {key: types for key, types in found.items() if types}
