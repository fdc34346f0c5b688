<?php

declare(strict_types=1);

namespace Purser\Exception;

/** An answer that is not Purser's: no JSON, too large, a redirect, a proxy's error page. */
final class UnexpectedAnswer extends PurserError
{
    public function __construct(
        string $message,
        public readonly int $status = 0,
        public readonly ?float $retryAfter = null,
    ) {
        parent::__construct($message, $status);
    }
}
