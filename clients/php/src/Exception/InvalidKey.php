<?php

declare(strict_types=1);

namespace Purser\Exception;

/** invalid-key: unknown, revoked, expired */
final class InvalidKey extends AuthenticationError
{
}
