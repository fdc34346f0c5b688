<?php

declare(strict_types=1);

namespace Purser\Exception;

/** All errors of this package but wrong calls, which are InvalidArgumentException. */
class PurserError extends \RuntimeException
{
}
