<?php

declare(strict_types=1);

namespace Purser\Exception;

/** not-configured: the server has no api.key_seed; an operator has to help */
final class NotConfigured extends Unavailable
{
}
