<?php

declare(strict_types=1);

namespace Purser\Exception;

/** 403 */
class Forbidden extends ApiError
{
}
