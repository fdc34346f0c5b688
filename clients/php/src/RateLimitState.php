<?php

declare(strict_types=1);

namespace Purser;

/** How the key itself stands, from the headers of the last answer. */
final class RateLimitState
{
    public function __construct(
        public readonly int $limit,
        public readonly int $remaining,
        public readonly int $reset, // seconds since 1970
    ) {
    }
}
