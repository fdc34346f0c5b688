<?php

declare(strict_types=1);

namespace Purser\Exception;

/** not-found */
final class NotFound extends InvalidRequest
{
}
