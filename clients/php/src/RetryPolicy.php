<?php

declare(strict_types=1);

namespace Purser;

use InvalidArgumentException;

/**
 * Exponential backoff with full jitter: the pause before try n + 1 is anything from 0 to baseDelay · 2ⁿ, at most maxDelay.
 * A Retry-After comes on top of it; where that is longer than maxRetryAfter, the error is thrown at once, for the caller
 * to decide. All in seconds.
 */
final class RetryPolicy
{
    public function __construct(
        public readonly int $retries = 3,
        public readonly float $baseDelay = 0.25,
        public readonly float $maxDelay = 8.0,
        public readonly float $maxRetryAfter = 60.0,
    ) {
        if ($retries < 0 || $retries > 20) {
            throw new InvalidArgumentException('retries must be 0 to 20');
        }
        if (min($baseDelay, $maxDelay, $maxRetryAfter) < 0) {
            throw new InvalidArgumentException('delays are not negative');
        }
    }

    /** Seconds to wait after so many failed tries (1 …); null: give up. $random is from 0 to 1. */
    public function delay(int $failed, ?float $retryAfter, ?float $random = null): ?float
    {
        if ($failed > $this->retries || ($retryAfter ?? 0.0) > $this->maxRetryAfter) {
            return null;
        }
        $random ??= random_int(0, 1_000_000) / 1_000_000;
        return ($retryAfter ?? 0.0) + $random * min($this->maxDelay, $this->baseDelay * 2 ** ($failed - 1));
    }
}
