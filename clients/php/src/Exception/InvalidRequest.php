<?php

declare(strict_types=1);

namespace Purser\Exception;

/** Another 4xx: sent again it would fail again. */
class InvalidRequest extends ApiError
{
}
