<?php

declare(strict_types=1);

namespace Purser\Tests;

final class Skipped extends \RuntimeException
{
}
