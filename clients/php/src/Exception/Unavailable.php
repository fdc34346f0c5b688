<?php

declare(strict_types=1);

namespace Purser\Exception;

/** 5xx: later, perhaps */
class Unavailable extends ApiError
{
}
