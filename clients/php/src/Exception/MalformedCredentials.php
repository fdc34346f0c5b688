<?php

declare(strict_types=1);

namespace Purser\Exception;

/** malformed-credentials */
final class MalformedCredentials extends AuthenticationError
{
}
