<?php

declare(strict_types=1);

namespace Purser;

final class Response
{
    /** @param array<string, string> $headers names in lower case; of one that comes twice, the values joined by ", " */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }
}
