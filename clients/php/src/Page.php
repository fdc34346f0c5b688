<?php

declare(strict_types=1);

namespace Purser;

/** Some rows of a list, and where the next ones begin: null at the end. */
final class Page
{
    /** @param list<array<string, mixed>> $data */
    public function __construct(
        public readonly array $data,
        public readonly ?string $nextCursor,
    ) {
    }
}
