"""Purser's signed client API, and the webhooks of payment gateways. Standard library only.

    from purser import Client

    client = Client("https://api.shop.example", "pk_…", "sk_…")
    print(client.usage()["volume"])
"""
from .client import VERSION, Client
from .errors import (ApiError, AuthenticationError, ClientClosed, ClientSuspended, ConnectionFailed, Forbidden,
                     IdempotencyInProgress, IdempotencyMismatch, InvalidBody, InvalidKey, InvalidParameter,
                     InvalidRequest, InvalidSignature, MalformedCredentials, MethodNotAllowed, MissingCredentials,
                     NotConfigured, NotFound, PurserError, RateLimited, ReplayedNonce, RequestTimeout,
                     TimestampOutOfRange, TooLarge, UnexpectedAnswer, UnsupportedMediaType, Unavailable)
from .retry import RetryPolicy
from .signature import body_sha256, new_nonce, sign, signed_headers, string_to_sign
from .transport import HttpTransport, Request, Response, Transport
from .types import (Alert, Checkpoint, CountUse, Discrepancy, HistoryPage, Month, Package, PackageOverride,
                    RateLimitAnswer, RateLimitState, Reconciliation, Threshold, Transaction, TransactionPage, Upgrade,
                    Usage, VolumeUse)
from .webhook import WebhookVerifier, header_value, header_names, verify_webhook

__version__ = VERSION

__all__ = [
    "Alert", "ApiError", "AuthenticationError", "Checkpoint", "Client", "ClientClosed", "ClientSuspended",
    "ConnectionFailed", "CountUse", "Discrepancy", "Forbidden", "HistoryPage", "HttpTransport", "IdempotencyInProgress",
    "IdempotencyMismatch", "InvalidBody", "InvalidKey", "InvalidParameter", "InvalidRequest", "InvalidSignature",
    "MalformedCredentials", "MethodNotAllowed", "MissingCredentials", "Month", "NotConfigured",
    "NotFound", "Package", "PackageOverride", "PurserError", "RateLimitAnswer", "RateLimitState", "RateLimited",
    "Reconciliation", "ReplayedNonce", "Request", "RequestTimeout", "Response", "RetryPolicy", "Threshold",
    "TimestampOutOfRange", "TooLarge", "Transaction", "TransactionPage", "Transport", "Unavailable",
    "UnexpectedAnswer", "UnsupportedMediaType", "Upgrade", "Usage", "VolumeUse", "WebhookVerifier", "body_sha256",
    "header_names", "header_value", "new_nonce", "sign", "signed_headers", "string_to_sign", "verify_webhook",
]
