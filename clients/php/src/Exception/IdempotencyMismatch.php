<?php

declare(strict_types=1);

namespace Purser\Exception;

/** idempotency-mismatch: the Idempotency-Key was used for another request */
final class IdempotencyMismatch extends InvalidRequest
{
}
