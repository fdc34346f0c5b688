<?php

// php tests/run.php [PART OF A NAME]. Those of a real server need the environment that mysql-test/api/README.md describes, and
// are skipped without it.

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});
require __DIR__ . '/../autoload.php';
spl_autoload_register(static function (string $class): void {
    if (str_starts_with($class, 'Purser\\Tests\\')) {
        require __DIR__ . '/' . substr($class, 13) . '.php';
    }
});

function test(string $name, callable $test): void
{
    Purser\Tests\Check::$tests[$name] = $test;
}

foreach (glob(__DIR__ . '/*_test.php') ?: [] as $file) {
    require $file;
}
exit(Purser\Tests\Check::run($argv[1] ?? ''));
