<?php

declare(strict_types=1);

namespace Purser\Tests;

use RuntimeException;
use Throwable;

/** A runner that needs nothing: test() names a test, Check says what must hold. */
final class Check
{
    /** @var array<string, callable(): void> */
    public static array $tests = [];

    public static function same(mixed $expected, mixed $found, string $what = ''): void
    {
        if ($expected !== $found) {
            throw new RuntimeException("$what: expected " . self::show($expected) . ', found ' . self::show($found));
        }
    }

    public static function true(bool $holds, string $what): void
    {
        if (!$holds) {
            throw new RuntimeException("does not hold: $what");
        }
    }

    /**
     * @template T of Throwable
     * @param class-string<T> $class
     * @return T
     */
    public static function throws(string $class, callable $call, string $what = ''): Throwable
    {
        try {
            $call();
        } catch (Skipped $why) {
            throw $why;
        } catch (Throwable $error) {
            if (!$error instanceof $class) {
                throw new RuntimeException("$what: expected $class, not " . get_class($error) . ': ' . $error->getMessage(), 0, $error);
            }
            return $error;
        }
        throw new RuntimeException("$what: expected $class, and nothing was thrown");
    }

    /** Runs all, a line for each; the exit code. */
    public static function run(string $wanted): int
    {
        $failed = 0;
        foreach (self::$tests as $name => $test) {
            if ($wanted !== '' && !str_contains($name, $wanted)) {
                continue;
            }
            try {
                $test();
                echo "ok - $name\n";
            } catch (Skipped $why) {
                echo "ok - $name # SKIP {$why->getMessage()}\n";
            } catch (Throwable $error) {
                $failed++;
                echo "not ok - $name\n", preg_replace('/^/m', '# ', (string) $error), "\n";
            }
        }
        echo '1..', count(self::$tests), "\n";
        return $failed > 0 ? 1 : 0;
    }

    private static function show(mixed $value): string
    {
        return substr(var_export($value, true), 0, 2000);
    }
}
