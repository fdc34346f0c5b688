<?php

declare(strict_types=1);

namespace Purser\Exception;

/** invalid-parameter; errors says which */
final class InvalidParameter extends InvalidRequest
{
}
