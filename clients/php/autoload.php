<?php

declare(strict_types=1);

// For who has no Composer: require this file. It does what PSR-4 says of the namespace Purser.
spl_autoload_register(static function (string $class): void {
    if (!str_starts_with($class, 'Purser\\')) {
        return;
    }
    $file = __DIR__ . '/src/' . strtr(substr($class, 7), '\\', '/') . '.php';
    if (is_file($file)) {
        require $file;
    }
});
