<?php

declare(strict_types=1);

namespace Purser\Exception;

/** missing-credentials */
final class MissingCredentials extends AuthenticationError
{
}
