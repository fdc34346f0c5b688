<?php

declare(strict_types=1);

namespace Purser\Exception;

/** client-closed */
final class ClientClosed extends Forbidden
{
}
