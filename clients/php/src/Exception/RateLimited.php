<?php

declare(strict_types=1);

namespace Purser\Exception;

/** 429 rate-limited; retryAfter says how long */
final class RateLimited extends ApiError
{
}
