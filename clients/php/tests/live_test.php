<?php

// Against a real server: its address and keys come by the environment (mysql-test/api/README.md).

declare(strict_types=1);

use Purser\Client;
use Purser\CurlTransport;
use Purser\Exception;
use Purser\Request;
use Purser\Response;
use Purser\Signature;
use Purser\Tests\Check;
use Purser\Tests\Conformance;
use Purser\Tests\Skipped;
use Purser\WebhookVerifier;

function given(string $name): string
{
    $value = getenv("PURSER_API_$name");
    return $value === false ? throw new Skipped('no server is given: mysql-test/api/README.md') : $value;
}

function client(string $which = '', mixed ...$options): Client
{
    return new Client(given('URL'), given("{$which}KEY"), given("{$which}SECRET"), ...$options);
}

/** A live case of the conformance file, as it goes over the wire. */
function live_request(array $case): Request
{
    $send = $case['send'] ?? [];
    $tamper = $send['tamper'] ?? [];
    $body = Conformance::bodyOf($case);
    $length = $send['nonce_length'] ?? 24;
    $key = $send['key_id'] ?? given('KEY');
    $moment = (string) (time() + ($send['clock_offset'] ?? 0));
    $nonce = substr(bin2hex(random_bytes($length)), 0, $length);
    $text = Signature::stringToSign($key, $moment, $nonce, $case['method'], $case['target'], $body);
    $signature = Signature::sign($send['secret'] ?? given('SECRET'), $text);
    $signature = ($send['uppercase_signature'] ?? false) ? strtoupper($signature) : $signature;
    $headers = ['X-Purser-Key' => $key, 'X-Purser-Timestamp' => $moment, 'X-Purser-Nonce' => $nonce, 'X-Purser-Signature' => "v1=$signature"];
    $headers = array_diff_key(($tamper['headers'] ?? []) + $headers + ($case['headers'] ?? []), array_flip($send['without'] ?? []));
    foreach ($send['double'] ?? [] as $name) {
        $headers[strtolower($name)] = $headers[$name]; // another name in an array, the same header
    }
    return new Request($tamper['method'] ?? $case['method'], $tamper['target'] ?? $case['target'], $headers, $tamper['body'] ?? $body);
}

function as_expected(array $case, Response $answer): void
{
    $expect = $case['expect'];
    Check::same($expect['status'], $answer->status, $answer->body);
    if ($case['method'] === 'HEAD' || ($expect['no_body'] ?? false)) {
        Check::same('', $answer->body);
        return;
    }
    $value = json_decode($answer->body, true, 512, JSON_THROW_ON_ERROR);
    if (isset($expect['problem'])) {
        Check::same('application/problem+json', explode(';', $answer->headers['content-type'])[0]);
        Check::same("urn:purser:problem:{$expect['problem']}", $value['type']);
    }
}

foreach (Conformance::cases('live') as $case) {
    test("conformance, live: {$case['name']}", static function () use ($case): void {
        $transport = new CurlTransport(given('URL'));
        $request = live_request($case);
        for ($left = $case['send']['repeat'] ?? 1; $left > 1; $left--) {
            Check::same(200, $transport->send($request, 30)->status);
        }
        as_expected($case, $transport->send($request, 30));
    });
}

test('live: usage and package', static function (): void {
    $client = client();
    $usage = $client->usage();
    foreach (['client_id', 'month', 'package', 'volume', 'transactions', 'currency', 'allowed', 'thresholds', 'alerts'] as $name) {
        Check::true(array_key_exists($name, $usage), $name);
    }
    Check::true((float) $usage['volume']['used'] >= 262.5, 'what was used');
    Check::same($usage['package'], $client->package()['name']);
    Check::true($client->rateLimit()->limit > $client->rateLimit()->remaining, 'the state of the key');
});

test('live: all transactions, whatever the size of a page', static function (): void {
    $to = new DateTimeImmutable(); // those of another test may come in between, so what is compared has an end
    $whole = iterator_to_array(client()->transactions(to: $to, limit: 200));
    Check::same((int) given('TRANSACTIONS'), count($whole));
    Check::same(count($whole), count(array_unique(array_column($whole, 'reference'))), 'each once');
    $moments = array_column($whole, 'occurred_at');
    $sorted = $moments;
    rsort($sorted);
    Check::same($sorted, $moments, 'the newest first');
    Check::same($whole, iterator_to_array(client()->transactions(to: $to, limit: 7)), 'by sevens');
});

test('live: a window of transactions', static function (): void {
    $day = iterator_to_array(client()->transactions(given('DAY') . 'T00:00:00Z', given('DAY') . 'T23:59:59Z'));
    Check::same([given('DAY')], array_values(array_unique(array_map(static fn (array $one): string => substr($one['occurred_at'], 0, 10), $day))));
});

test('live: one who has nothing', static function (): void {
    Check::same([], iterator_to_array(client('EMPTY_')->transactions()));
    Check::true(count(client()->usageHistoryPage(1)->data) <= 1, 'a page of one');
    iterator_to_array(client('EMPTY_')->usageHistory());
});

test('live: reconciliation', static function (): void {
    $day = client()->reconciliation(given('DAY'));
    Check::same(given('DAY'), $day['date']);
    Check::true(is_array($day['discrepancies']), 'a list');
    $error = Check::throws(Exception\InvalidParameter::class, static fn () => client()->reconciliation('yesterday'));
    Check::true($error->errors !== [], 'it says which');
});

test('live: a check counts', static function (): void {
    $who = bin2hex(random_bytes(8));
    $answers = array_map(static fn (): bool => client()->rateLimitCheck($who, '/login', 2, 3600)['allowed'], range(1, 3));
    Check::same([true, true, false], $answers);
    $error = Check::throws(Exception\InvalidBody::class, static fn () => client()->rateLimitCheck($who, '/login', -1, 3600));
    Check::true($error->errors[0]['pointer'] !== '', 'it says which');
});

test('live: a check with the same Idempotency-Key counts once', static function (): void {
    $who = bin2hex(random_bytes(8));
    $key = bin2hex(random_bytes(16));
    foreach (range(1, 5) as $_) {
        Check::same(true, client()->rateLimitCheck($who, '/pay', 2, 3600, idempotencyKey: $key)['allowed']);
    }
    Check::same(true, client()->rateLimitCheck($who, '/pay', 2, 3600)['allowed']);
    Check::throws(Exception\IdempotencyMismatch::class, static fn () => client()->rateLimitCheck($who, '/other', 2, 3600, idempotencyKey: $key));
});

test('live: webhooks', static function (): void {
    $secrets = json_decode(given('WEBHOOK_SECRETS'), true);
    $body = '{"a":"Zoë 💳"}';
    $paychangu = hash_hmac('sha256', $body, $secrets['paychangu']);
    $square = base64_encode(hash_hmac('sha256', "https://x/$body", $secrets['square'], true));
    Check::same(true, client()->verifyWebhook('paychangu', $paychangu, $body));
    Check::same(false, client()->verifyWebhook('paychangu', $paychangu, "$body "));
    Check::same(true, client()->verifyWebhook('paychangu', hash_hmac('sha256', "\xff", $secrets['paychangu']), "\xff"));
    Check::same(true, client()->verifyWebhook('square', $square, $body, 'https://x/'));
    // what the server takes, the package takes
    Check::same(true, (new WebhookVerifier('paychangu', [$secrets['paychangu']]))->verify($paychangu, $body));
    Check::same(true, (new WebhookVerifier('square', [$secrets['square']]))->verify($square, $body, 'https://x/'));
});

test('live: checkpoint and description', static function (): void {
    try {
        Check::true(array_key_exists('tree_size', client()->auditCheckpoint()), 'a size');
    } catch (Exception\NotFound $none) { // so long as nothing was logged
        Check::same('no-checkpoint', $none->problem);
    }
    Check::true(str_starts_with(client()->openapi()['openapi'], '3.1'), 'OpenAPI');
});

test('live: keys that are not good', static function (): void {
    foreach (['REVOKED_' => Exception\InvalidKey::class, 'EXPIRED_' => Exception\InvalidKey::class,
        'SUSPENDED_' => Exception\ClientSuspended::class, 'CLOSED_' => Exception\ClientClosed::class] as $which => $class) {
        Check::throws($class, static fn () => client($which)->usage(), $which);
    }
    $wrong = 'sk_' . str_repeat('0', 64);
    Check::throws(Exception\InvalidSignature::class, static fn () => (new Client(given('URL'), given('KEY'), $wrong))->usage());
});

test('live: a clock that is an hour late', static function (): void {
    $late = client(clock: static fn (): float => microtime(true) - 3600);
    $late->usage();
    Check::true(abs($late->clockOffset() - 3600) < 60, (string) $late->clockOffset());
    $late->usage();
});
