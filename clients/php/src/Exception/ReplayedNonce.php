<?php

declare(strict_types=1);

namespace Purser\Exception;

/** replayed-nonce */
final class ReplayedNonce extends AuthenticationError
{
}
