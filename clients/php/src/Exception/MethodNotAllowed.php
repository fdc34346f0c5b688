<?php

declare(strict_types=1);

namespace Purser\Exception;

/** method-not-allowed */
final class MethodNotAllowed extends InvalidRequest
{
}
