<?php

declare(strict_types=1);

namespace Purser;

/** What goes over the wire, as it is. */
final class Request
{
    /** @param array<string, string> $headers */
    public function __construct(
        public readonly string $method,
        public readonly string $target,
        public readonly array $headers = [],
        public readonly string $body = '',
    ) {
    }
}
