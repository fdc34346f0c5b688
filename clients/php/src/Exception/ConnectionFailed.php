<?php

declare(strict_types=1);

namespace Purser\Exception;

/** No answer: no connection, or one that was cut. */
class ConnectionFailed extends PurserError
{
}
