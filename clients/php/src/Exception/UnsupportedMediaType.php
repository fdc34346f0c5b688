<?php

declare(strict_types=1);

namespace Purser\Exception;

/** unsupported-media-type */
final class UnsupportedMediaType extends InvalidRequest
{
}
