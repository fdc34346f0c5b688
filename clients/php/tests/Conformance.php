<?php

declare(strict_types=1);

namespace Purser\Tests;

/** clients/conformance/requests.json */
final class Conformance
{
    /** @return array<string, mixed> */
    public static function load(): array
    {
        $path = getenv('PURSER_API_CONFORMANCE') ?: __DIR__ . '/../../conformance/requests.json';
        return json_decode((string) file_get_contents($path), true, 512, JSON_THROW_ON_ERROR);
    }

    /** @return list<array<string, mixed>> */
    public static function cases(string $kind): array
    {
        return self::load()['cases'][$kind];
    }

    /** @param array<string, mixed> $case */
    public static function bodyOf(array $case): string
    {
        if (isset($case['body_base64'])) {
            return (string) base64_decode($case['body_base64'], true);
        }
        if (isset($case['body_repeat'])) {
            $repeat = $case['body_repeat'];
            return ($repeat['before'] ?? '') . str_repeat($repeat['text'], $repeat['count']) . ($repeat['after'] ?? '');
        }
        return $case['body'] ?? '';
    }
}
