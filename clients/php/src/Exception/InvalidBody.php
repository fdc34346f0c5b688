<?php

declare(strict_types=1);

namespace Purser\Exception;

/** invalid-body; errors says which member */
final class InvalidBody extends InvalidRequest
{
}
