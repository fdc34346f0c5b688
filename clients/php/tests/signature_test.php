<?php

declare(strict_types=1);

use Purser\Signature;
use Purser\Tests\Check;
use Purser\Tests\Conformance;
use Purser\Tests\Fake;

$keys = Conformance::load()['keys'];
foreach (Conformance::cases('signing') as $case) {
    test("conformance, signing: {$case['name']}", static function () use ($case, $keys): void {
        $key = $keys[$case['key']];
        $body = Conformance::bodyOf($case);
        $request = [$case['nonce'], $case['method'], $case['target'], $body];
        $text = Signature::stringToSign($key['key_id'], $case['timestamp'], ...$request);
        Check::same($case['body_sha256'], Signature::bodySha256($body), 'hash');
        Check::same($case['string_to_sign'], $text, 'text');
        Check::same($case['signature'], Signature::sign($key['secret'], $text), 'signature');
        $headers = Signature::headers($key['key_id'], $key['secret'], (int) $case['timestamp'], ...$request);
        Check::same("v1={$case['signature']}", $headers['X-Purser-Signature'], 'header');
        Check::same(4, count($headers), 'headers');
    });
}

test('what cannot be signed is refused', static function (): void {
    $good = [Fake::KEY, Fake::SECRET, 1, 'nnnnnnnnnnnnnnnn', 'GET', '/v1/usage'];
    Signature::headers(...$good);
    $wrong = [
        0 => ['', 'pk_', Fake::KEY . 'a', Fake::KEY . "\n", strtoupper(Fake::KEY)],
        2 => [-1, 10 ** 12],
        3 => [str_repeat('n', 15), str_repeat('n', 65), 'nnnnnnnnnnnnnnn ', "nnnnnnnnnnnnnnnn\n"],
        4 => ['get', '', "GET\r\n"],
        5 => ['', 'v1/usage', '/v1/a b', '/v1/café', "/v1\r\nX: y", "/v1\n"],
    ];
    foreach ($wrong as $at => $values) {
        foreach ($values as $value) {
            Check::throws(InvalidArgumentException::class, static fn () => Signature::headers(...array_replace($good, [$at => $value])));
        }
    }
});

test('nonces are new and well formed', static function (): void {
    $nonces = array_map(static fn (): string => Signature::newNonce(), range(1, 1000));
    Check::same(1000, count(array_unique($nonces)), 'different ones');
    Check::same([], preg_grep('/\A[A-Za-z0-9_-]{16,64}\z/', $nonces, PREG_GREP_INVERT), 'malformed ones');
});
