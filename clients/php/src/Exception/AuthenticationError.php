<?php

declare(strict_types=1);

namespace Purser\Exception;

/** 401 */
class AuthenticationError extends ApiError
{
}
