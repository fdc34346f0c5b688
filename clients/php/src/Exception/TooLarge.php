<?php

declare(strict_types=1);

namespace Purser\Exception;

/** body-too-large */
final class TooLarge extends InvalidRequest
{
}
