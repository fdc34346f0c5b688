<?php

declare(strict_types=1);

namespace Purser\Exception;

/** No answer in time. The request may have been carried out. */
final class RequestTimeout extends ConnectionFailed
{
}
