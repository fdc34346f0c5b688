<?php

declare(strict_types=1);

namespace Purser\Exception;

/** invalid-signature: the secret is another, or the request was changed on its way */
final class InvalidSignature extends AuthenticationError
{
}
