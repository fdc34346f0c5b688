<?php

declare(strict_types=1);

namespace Purser\Exception;

/** timestamp-out-of-range: this machine's clock is wrong */
final class TimestampOutOfRange extends AuthenticationError
{
}
