<?php

declare(strict_types=1);

namespace Purser\Exception;

/** idempotency-in-progress: the first request with that Idempotency-Key is under way */
final class IdempotencyInProgress extends ApiError
{
}
