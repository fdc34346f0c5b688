<?php

declare(strict_types=1);

namespace Purser\Exception;

/** client-suspended */
final class ClientSuspended extends Forbidden
{
}
