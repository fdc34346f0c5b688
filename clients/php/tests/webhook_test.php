<?php

declare(strict_types=1);

use Purser\Tests\Check;
use Purser\WebhookVerifier;

const BODY = '{"a":"Zoë 💳"}';

function mac(string $key, string $message, string $digest = 'sha256'): string
{
    return hash_hmac($digest, $message, $key);
}

function mac64(string $key, string $message): string
{
    return base64_encode(hash_hmac('sha256', $message, $key, true));
}

/** @param string|list<string> $secrets */
function verified(string $scheme, string|array $secrets, ?string $header, string $body = BODY, ?string $url = null, ?int $now = null, int $tolerance = 300): bool
{
    return (new WebhookVerifier($scheme, (array) $secrets, $tolerance))->verify($header, $body, $url, $now);
}

test('webhooks: what gateways signed', static function (): void {
    $path = getenv('PURSER_API_WEBHOOK_VECTORS') ?: __DIR__ . '/../../../mysql-test/unit/vectors/webhooks.json';
    $vectors = json_decode((string) file_get_contents($path), true, 512, JSON_THROW_ON_ERROR);
    Check::true(count($vectors) > 10, 'there are some');
    foreach ($vectors as $number => $one) {
        $good = verified($one['scheme'], $one['key'], $one['signature'], $one['body'], $one['url'] ?? null, (int) ($one['timestamp'] ?? 0));
        Check::same($one['valid'], $good, "number $number");
    }
});

test('webhooks: paychangu', static function (): void {
    $signature = mac('s', BODY);
    foreach ([$signature, strtoupper($signature), " $signature\t"] as $header) {
        Check::true(verified('paychangu', 's', $header), $header);
    }
    foreach ([null, '', ' ', substr($signature, 1), $signature . '0', "v1=$signature", "\0", $signature . str_repeat(' ', 8192)] as $header) {
        Check::true(!verified('paychangu', 's', $header), "not $header");
    }
    Check::true(!verified('paychangu', 't', $signature), 'another secret');
    Check::true(!verified('paychangu', 's', $signature, BODY . ' '), 'another body');
});

test('webhooks: any of several secrets', static function (): void {
    Check::true(verified('paychangu', ['new', 'old'], mac('new', BODY)), 'new');
    Check::true(verified('paychangu', ['new', 'old'], mac('old', BODY)), 'old');
    Check::true(!verified('paychangu', ['new', 'old'], mac('older', BODY)), 'older');
});

test('webhooks: square signs the URL', static function (): void {
    $signature = mac64('s', 'https://shop.example/hook' . BODY);
    Check::true(verified('square', 's', $signature, BODY, 'https://shop.example/hook'), 'good');
    Check::true(!verified('square', 's', $signature, BODY, 'https://shop.example/hooks'), 'another URL');
    Check::throws(InvalidArgumentException::class, static fn () => verified('square', 's', $signature));
});

test('webhooks: paystack and flutterwave', static function (): void {
    Check::true(verified('paystack', 's', mac('s', BODY, 'sha512')), 'sha512');
    Check::true(!verified('paystack', 's', mac('s', BODY)), 'sha256');
    Check::true(verified('flutterwave', 's', mac64('s', BODY)), 'signature');
    Check::true(verified('flutterwave', ['t', ' s '], 's'), 'the secret itself');
    Check::true(!verified('flutterwave', 's', 'S'), 'not the secret');
    Check::true(!verified('paychangu', 's', 's'), 'of flutterwave only');
});

test('webhooks: stripe', static function (): void {
    $signature = mac('s', '1000.' . BODY);
    foreach (["t=1000,v1=$signature", "v1=$signature,t=1000", "t=1000, v1=$signature ", "t=1000,v0=x,v1=00,v1=$signature"] as $header) {
        Check::true(verified('stripe', 's', $header, now: 1000), $header);
    }
    $bad = ["v1=$signature", "t=1000,t=1000,v1=$signature", "t=1001,v1=$signature", "t=1000,v0=$signature", 't=1000', "t=,v1=$signature",
        "t=+1000,v1=$signature", "t=1e3,v1=$signature", "t=00000000000001000,v1=$signature", ',,,', '=,='];
    foreach ($bad as $header) {
        Check::true(!verified('stripe', 's', $header, now: 1000), "not $header");
    }
    foreach ([700 => true, 699 => false, 1300 => true, 1301 => false] as $now => $good) {
        Check::same($good, verified('stripe', 's', "t=1000,v1=$signature", now: $now), "at $now");
    }
    Check::true(verified('stripe', 's', "t=1000,v1=$signature", now: 1301, tolerance: 301), 'more tolerant');
});

test('webhooks: standard', static function (): void {
    $key = '0123456789abcdef';
    $headers = ['Webhook-Id' => 'msg_1', 'webhook-timestamp' => ['1000'], 'WEBHOOK-SIGNATURE' => 'v1,AAAA v1,' . mac64($key, 'msg_1.1000.' . BODY)];
    $header = WebhookVerifier::headerValue('standard', $headers);
    foreach (['whsec_' . base64_encode($key), base64_encode($key)] as $secret) {
        Check::true(verified('standard', $secret, $header, now: 1000), 'good');
        Check::true(!verified('standard', $secret, $header, now: 1301), 'late');
        Check::true(!verified('standard', $secret, strtr($header, ['msg_1' => 'msg_2']), now: 1000), 'another id');
        foreach (['', 'msg_1', 'msg_1 1000', 'msg_1 1000 ', ' 1000 v1,x'] as $bad) {
            Check::true(!verified('standard', $secret, $bad, now: 1000), "not $bad");
        }
    }
    Check::same('', WebhookVerifier::headerValue('standard', ['webhook-id' => 'a']), 'not all three');
    foreach (['whsec_', 'whsec_!', 'whsec_abc'] as $secret) {
        Check::throws(InvalidArgumentException::class, static fn () => new WebhookVerifier('standard', [$secret]), $secret);
    }
});

test('webhooks: generic', static function (): void {
    $github = new WebhookVerifier('generic', ['s'], prefix: 'sha256=');
    Check::true($github->verify('sha256=' . mac('s', BODY), BODY), 'prefix');
    Check::true(!$github->verify(mac('s', BODY), BODY), 'no prefix');
    Check::true((new WebhookVerifier('generic', ['s'], encoding: 'base64'))->verify(mac64('s', BODY), BODY), 'base64');
    $old = new WebhookVerifier('generic', ['s'], algorithm: 'sha1', signed: 'url+body');
    Check::true($old->verify(mac('s', 'u' . BODY, 'sha1'), BODY, 'u'), 'sha1 with URL');
    $named = new WebhookVerifier('generic', ['s'], signed: 'timestamp.body', signatureElement: 'sig', timestampElement: 'ts', prefix: 'x');
    Check::true($named->verify('ts=5,sig=x' . mac('s', '5.' . BODY), BODY, now: 5), 'other names');
    Check::true(!$named->verify('ts=5,sig=' . mac('s', '5.' . BODY), BODY, now: 5), 'other names, no prefix');
});

test('webhooks: wrong settings are refused', static function (): void {
    $wrong = [['scheme' => 'other'], ['secrets' => []], ['secrets' => ['']], ['secrets' => array_fill(0, 17, 's')], ['secrets' => [5]],
        ['secrets' => [str_repeat('s', 1025)]], ['tolerance' => 0], ['tolerance' => 1_000_000_001], ['algorithm' => 'md5'],
        ['encoding' => 'base32'], ['signed' => 'all'], ['prefix' => ''], ['prefix' => 'a,'], ['prefix' => str_repeat('x', 32)],
        ['signatureElement' => 'a=b'], ['scheme' => 'stripe', 'prefix' => 'a']];
    foreach ($wrong as $settings) {
        Check::throws(
            InvalidArgumentException::class,
            static fn () => new WebhookVerifier(...($settings + ['scheme' => 'generic', 'secrets' => ['s']])),
            json_encode($settings, JSON_THROW_ON_ERROR),
        );
    }
    Check::throws(InvalidArgumentException::class, static fn () => WebhookVerifier::headerNames('generic'));
    Check::same('s', WebhookVerifier::headerValue('flutterwave', ['Verif-Hash' => 's']));
});

test('webhooks: no secret is shown', static function (): void {
    ob_start();
    var_dump(new WebhookVerifier('paychangu', ['hush']));
    Check::true(!str_contains((string) ob_get_clean(), 'hush'), 'var_dump');
});
