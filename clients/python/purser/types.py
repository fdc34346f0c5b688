"""What the API answers. Money is text of digits ("1250.5000"): give it to decimal.Decimal. Moments are text in UTC
with a Z. A later server may answer more members than these."""
from typing import List, Optional, TypedDict


class VolumeUse(TypedDict):
    """What was used of a limit; of one that is not there, limit and percent are None."""
    used: str
    limit: Optional[str]
    percent: Optional[float]


class CountUse(TypedDict):
    used: int
    limit: Optional[int]
    percent: Optional[float]


class Threshold(TypedDict):
    threshold: float
    type: str
    reached: bool
    reached_at: Optional[str]


class Alert(TypedDict):
    threshold: float
    type: str
    usage_percentage: float
    current_volume: str
    max_volume: Optional[str]
    sent_at: Optional[str]
    email_sent: bool


class Usage(TypedDict):
    client_id: int
    name: str
    month: str
    package: str
    volume: VolumeUse
    transactions: CountUse
    other_currency: int
    currency: str
    status: str
    allowed: bool
    hard_stop: bool
    thresholds: List[Threshold]
    alerts: List[Alert]


class Month(TypedDict):
    month: str
    package: str
    volume: str
    transactions: int
    volume_limit: Optional[str]
    transaction_limit: Optional[int]
    price: str
    currency: str
    closed_at: Optional[str]


class HistoryPage(TypedDict):
    data: List[Month]
    next_cursor: Optional[str]


# What is None is the package's. ("from" cannot be a name in a class.)
PackageOverride = TypedDict("PackageOverride", {"price": Optional[str], "volume_limit": Optional[str],
                                                "transaction_limit": Optional[int], "from": str, "until": Optional[str]})


class Upgrade(TypedDict):
    name: str
    description: str
    price: str
    currency: str
    volume_limit: Optional[str]
    transaction_limit: Optional[int]


class Package(TypedDict):
    """Limits with the override considered."""
    name: str
    description: str
    price: str
    currency: str
    volume_limit: Optional[str]
    transaction_limit: Optional[int]
    override: Optional[PackageOverride]
    upgrade: Optional[Upgrade]


class Transaction(TypedDict):
    reference: str
    amount: str
    currency: str
    occurred_at: str


class TransactionPage(TypedDict):
    data: List[Transaction]
    next_cursor: Optional[str]


class DayTransactions(TypedDict):
    count: int
    volume: str
    currency: str


class Discrepancy(TypedDict):
    type: str
    reference: str
    gateway: str
    amount: Optional[str]
    gateway_amount: Optional[str]
    currency: Optional[str]
    state: str
    detected_at: str


class Reconciliation(TypedDict):
    date: str
    time_zone: Optional[str]
    complete: bool
    transactions: DayTransactions
    matched: int
    discrepancies: List[Discrepancy]
    truncated: bool


class RateLimitAnswer(TypedDict):
    allowed: bool
    limit: int
    remaining: int
    reset_in_seconds: int
    retry_after_seconds: Optional[int]


class WebhookAnswer(TypedDict):
    valid: bool


class Checkpoint(TypedDict):
    checkpoint: Optional[str]
    tree_size: int
    root_hash: Optional[str]
    sealed_at: Optional[str]


class RateLimitState(TypedDict):
    """How the key itself stands, from the headers of the last answer."""
    limit: int
    remaining: int
    reset: int  # seconds since 1970
