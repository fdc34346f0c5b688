<?php

declare(strict_types=1);

use Purser\Client;
use Purser\Exception;
use Purser\Response;
use Purser\RetryPolicy;
use Purser\Signature;
use Purser\Tests\Check;
use Purser\Tests\Fake;

test('client: each operation asks what it says', static function (): void {
    $moment = new DateTimeImmutable('2026-01-01T02:00:00.000005+02:00');
    $check = ['identifier' => 'Zoë', 'endpoint' => '/login', 'max_requests' => 5, 'window_seconds' => 60];
    $cases = [
        [static fn (Client $c) => $c->usage(), 'GET', '/v1/usage', null],
        [static fn (Client $c) => $c->package(), 'GET', '/v1/package', null],
        [static fn (Client $c) => $c->auditCheckpoint(), 'GET', '/v1/audit/checkpoint', null],
        [static fn (Client $c) => $c->usageHistoryPage(3, 'a b'), 'GET', '/v1/usage/history?limit=3&cursor=a%20b', null],
        [static fn (Client $c) => iterator_to_array($c->usageHistory()), 'GET', '/v1/usage/history', null],
        [static fn (Client $c) => iterator_to_array($c->transactions('2026-01-01T00:00:00Z', limit: 9)), 'GET',
            '/v1/transactions?from=2026-01-01T00%3A00%3A00Z&limit=9', null],
        [static fn (Client $c) => $c->transactionsPage(to: $moment), 'GET', '/v1/transactions?to=2026-01-01T00%3A00%3A00.000005Z', null],
        [static fn (Client $c) => $c->reconciliation('2026-01-01'), 'GET', '/v1/reconciliation?date=2026-01-01', null],
        [static fn (Client $c) => $c->rateLimitCheck('Zoë', '/login', 5, 60), 'POST', '/v1/rate-limit/check', $check],
        [static fn (Client $c) => $c->rateLimitCheck('Zoë', '/login', 5, 60, 2), 'POST', '/v1/rate-limit/check', $check + ['cost' => 2]],
        [static fn (Client $c) => $c->verifyWebhook('square', 'sig', '{}', 'https://x'), 'POST', '/v1/webhooks/verify',
            ['gateway' => 'square', 'signature' => 'sig', 'body' => '{}', 'url' => 'https://x']],
        [static fn (Client $c) => $c->verifyWebhook('square', 'sig', "\xff"), 'POST', '/v1/webhooks/verify',
            ['gateway' => 'square', 'signature' => 'sig', 'body_base64' => '/w==']],
        [static fn (Client $c) => $c->request('GET', '/v1/café', ['ключ' => 'a&b', 'none' => null]), 'GET',
            '/v1/caf%C3%A9?%D0%BA%D0%BB%D1%8E%D1%87=a%26b', null],
    ];
    foreach ($cases as [$call, $method, $target, $body]) {
        $fake = new Fake(Fake::good(['data' => [], 'next_cursor' => null, 'valid' => true]));
        $call($fake->client());
        [$request] = $fake->requests;
        Check::same([$method, $target], [$request->method, $request->target]);
        Check::same($body, $request->body === '' ? null : json_decode($request->body, true), $target);
        Check::same($method === 'POST', isset($request->headers['Idempotency-Key']), $target);
        $text = Signature::stringToSign(Fake::KEY, 1_000_000, $request->headers['X-Purser-Nonce'], $method, $target, $request->body);
        Check::same('v1=' . Signature::sign(Fake::SECRET, $text), $request->headers['X-Purser-Signature'], $target);
    }
});

test('client: the description is asked for without a signature', static function (): void {
    $fake = new Fake(Fake::good(['openapi' => '3.1.0']));
    $fake->client()->openapi();
    Check::same([], preg_grep('/^X-Purser/i', array_keys($fake->requests[0]->headers)));
});

test('client: pages follow each other', static function (): void {
    $fake = new Fake(
        Fake::good(['data' => [['n' => 1], ['n' => 2]], 'next_cursor' => 'c1']),
        Fake::good(['data' => [], 'next_cursor' => 'c2']),
        Fake::good(['data' => [['n' => 3]], 'next_cursor' => null]),
    );
    Check::same([1, 2, 3], array_column(iterator_to_array($fake->client()->transactions(limit: 2)), 'n'));
    Check::same(
        ['/v1/transactions?limit=2', '/v1/transactions?limit=2&cursor=c1', '/v1/transactions?limit=2&cursor=c2'],
        array_column($fake->requests, 'target'),
    );
});

test('client: a list that does not go on ends', static function (): void {
    $page = Fake::good(['data' => [[]], 'next_cursor' => 'c']);
    Check::throws(Exception\UnexpectedAnswer::class, static fn () => iterator_to_array((new Fake($page, $page))->client()->transactions()));
    Check::throws(Exception\UnexpectedAnswer::class, static fn () => (new Fake(Fake::good(['data' => 1])))->client()->transactionsPage());
});

test('client: the state of the key', static function (): void {
    $fake = new Fake(Fake::good([1 => 2], ['x-ratelimit-limit' => '600', 'x-ratelimit-remaining' => '599', 'x-ratelimit-reset' => '17']), Fake::good(['a' => 1]));
    $client = $fake->client();
    Check::same(null, $client->rateLimit());
    $client->usage();
    $client->usage();
    Check::same([600, 599, 17], [$client->rateLimit()->limit, $client->rateLimit()->remaining, $client->rateLimit()->reset]);
});

test('client: wrong settings are refused', static function (): void {
    foreach ([['http://x', 'pk_1', Fake::SECRET], ['http://x', Fake::KEY, 'secret'], ['x', Fake::KEY, Fake::SECRET], ['ftp://x', Fake::KEY, Fake::SECRET],
        ['https://x/café', Fake::KEY, Fake::SECRET], ['https://u:p@x', Fake::KEY, Fake::SECRET], ['http://x', Fake::KEY, Fake::SECRET, 0.0],
        ['http://x', Fake::KEY, Fake::SECRET, INF], ['http://x?a', Fake::KEY, Fake::SECRET], ['http://x', Fake::KEY, Fake::SECRET, 1.0, -1]] as $arguments) {
        Check::throws(InvalidArgumentException::class, static fn () => new Client(...$arguments), $arguments[0]);
    }
    Check::throws(InvalidArgumentException::class, static fn () => (new Fake())->client()->rateLimitCheck('a', 'b', 1, 1, idempotencyKey: 'a b'));
    Check::throws(InvalidArgumentException::class, static fn () => (new Fake())->client()->rateLimitCheck("\xff", 'b', 1, 1));
});

test('client: no secret is shown', static function (): void {
    ob_start();
    var_dump((new Fake())->client());
    Check::true(!str_contains((string) ob_get_clean(), Fake::SECRET), 'var_dump');
});

test('retries: what may pass is tried again', static function (): void {
    $failures = [new Exception\ConnectionFailed('x'), new Exception\RequestTimeout('x'), Fake::bad(429, 'rate-limited'), Fake::bad(503, 'unavailable'),
        Fake::bad(500, 'internal-error'), Fake::bad(409, 'idempotency-in-progress'), new Response(502, ['content-type' => 'text/html'], 'Bad Gateway')];
    foreach ($failures as $failure) {
        $fake = new Fake($failure, $failure, Fake::good(['allowed' => true]));
        Check::same(true, $fake->client()->rateLimitCheck('a', 'b', 1, 1)['allowed']);
        Check::same(2, count($fake->slept));
        $headers = array_column($fake->requests, 'headers');
        Check::same(1, count(array_unique(array_column($headers, 'Idempotency-Key'))), 'keys');
        Check::same(3, count(array_unique(array_column($headers, 'X-Purser-Nonce'))), 'nonces');
    }
});

test('retries: what may not pass is not', static function (): void {
    $json = ['content-type' => 'application/json'];
    $cases = [[Fake::bad(401, 'invalid-key'), Exception\InvalidKey::class], [Fake::bad(403, 'client-closed'), Exception\ClientClosed::class],
        [Fake::bad(422, 'invalid-body'), Exception\InvalidBody::class], [Fake::bad(404, 'not-found'), Exception\NotFound::class],
        [Fake::bad(503, 'not-configured'), Exception\NotConfigured::class], [Fake::bad(401, 'replayed-nonce'), Exception\ReplayedNonce::class],
        [new Response(301, [], ''), Exception\UnexpectedAnswer::class], [new Response(200, ['content-type' => 'text/html'], 'hello'), Exception\UnexpectedAnswer::class],
        [new Response(200, $json, '['), Exception\UnexpectedAnswer::class], [new Response(200, $json, '[]'), Exception\UnexpectedAnswer::class],
        [new Response(200, $json, ''), Exception\UnexpectedAnswer::class]];
    foreach ($cases as [$failure, $class]) {
        $fake = new Fake($failure);
        Check::throws($class, static fn () => $fake->client()->usage());
        Check::same([], $fake->slept);
    }
});

test('retries: a POST without a key is sent once', static function (): void {
    $fake = new Fake(Fake::bad(503, 'unavailable'));
    Check::throws(Exception\Unavailable::class, static fn () => $fake->client()->rateLimitCheck('a', 'b', 1, 1, idempotencyKey: false));
    Check::true(!isset($fake->requests[0]->headers['Idempotency-Key']), 'no key');
});

test('retries: it gives up', static function (): void {
    $late = new Exception\RequestTimeout('late');
    $fake = new Fake($late, $late, $late);
    Check::throws(Exception\RequestTimeout::class, static fn () => $fake->client(retries: 2)->usage());
    Check::same([3, 2], [count($fake->requests), count($fake->slept)]);
});

test('retries: Retry-After comes before the jitter, and may be a date', static function (): void {
    $fake = new Fake(Fake::bad(429, 'rate-limited', ['retry-after' => '7']), Fake::good(['a' => 1]));
    $fake->client(retries: new RetryPolicy(baseDelay: 0.5))->usage();
    Check::true($fake->slept[0] >= 7 && $fake->slept[0] <= 7.5, (string) $fake->slept[0]);
    $fake = new Fake(Fake::bad(503, 'unavailable', ['retry-after' => 'Mon, 12 Jan 1970 13:46:45 GMT']), Fake::good(['a' => 1]));
    $fake->client(retries: new RetryPolicy(baseDelay: 0))->usage();
    Check::same([5.0], $fake->slept);
});

test("retries: a long Retry-After is the caller's matter", static function (): void {
    foreach (['3600' => 3600.0, str_repeat('9', 20) => 1e20] as $text => $seconds) {
        $fake = new Fake(Fake::bad(429, 'rate-limited', ['retry-after' => (string) $text]));
        $error = Check::throws(Exception\RateLimited::class, static fn () => $fake->client()->usage());
        Check::same([$seconds, []], [$error->retryAfter, $fake->slept]);
    }
});

test('retries: a pause may be longer than usleep() can hold', static function (): void {
    // 4295 s are 2^32 microseconds and 0.03 s
    $code = 'use Purser\\Tests\\Fake; require ' . var_export(dirname(__DIR__) . '/autoload.php', true) . '; require ' . var_export(__DIR__ . '/Fake.php', true) . ';'
        . '$fake = new Fake(Fake::bad(429, "rate-limited", ["retry-after" => "4295"]), Fake::good(["a" => 1]));'
        . '$fake->client(retries: new Purser\\RetryPolicy(1, 0.0, 0.0, 10000.0), sleep: null)->usage();';
    $child = proc_open([PHP_BINARY, '-r', $code], [], $pipes);
    Check::true($child !== false, 'a child begins');
    for ($tries = 0; $tries < 20 && ($status = proc_get_status($child))['running']; $tries++) {
        usleep(100_000);
    }
    proc_terminate($child, 9);
    proc_close($child);
    Check::true($status['running'], 'it is not over');
});

test('retries: the backoff doubles up to its cap, with full jitter', static function (): void {
    $policy = new RetryPolicy(9, 1.0, 8.0);
    Check::same([1.0, 2.0, 4.0, 8.0, 8.0, 8.0], array_map(static fn (int $n): ?float => $policy->delay($n, null, 1.0), range(1, 6)));
    Check::same([0.0, null], [$policy->delay(5, null, 0.0), $policy->delay(10, null)]);
    foreach (range(1, 100) as $_) {
        $delay = $policy->delay(3, null);
        Check::true($delay >= 0 && $delay <= 4, (string) $delay);
    }
});

test('errors: each problem has its class', static function (): void {
    foreach ([[401, 'missing-credentials', 'MissingCredentials'], [401, 'malformed-credentials', 'MalformedCredentials'], [401, 'invalid-signature', 'InvalidSignature'],
        [403, 'client-suspended', 'ClientSuspended'], [400, 'invalid-parameter', 'InvalidParameter'], [413, 'body-too-large', 'TooLarge'],
        [415, 'unsupported-media-type', 'UnsupportedMediaType'], [405, 'method-not-allowed', 'MethodNotAllowed'],
        [422, 'idempotency-mismatch', 'IdempotencyMismatch'], [401, 'news', 'AuthenticationError'], [403, 'news', 'Forbidden'],
        [418, 'news', 'InvalidRequest'], [429, 'news', 'RateLimited'], [507, 'news', 'Unavailable']] as [$status, $problem, $class]) {
        $error = Check::throws(Exception\ApiError::class, static fn () => (new Fake(Fake::bad($status, $problem)))->client(retries: 0)->usage());
        Check::same("Purser\\Exception\\$class", get_class($error));
        Check::same([$status, $problem, 'No', 'Not now.'], [$error->status, $error->problem, $error->title, $error->detail]);
    }
});

test('errors: they say where', static function (): void {
    $answer = Fake::bad(422, 'invalid-body', ['x-request-id' => 'r-1'], ['errors' => [['pointer' => '/cost', 'detail' => 'no'], 5]]);
    $error = Check::throws(Exception\InvalidBody::class, static fn () => (new Fake($answer))->client()->usage());
    Check::same([['pointer' => '/cost', 'detail' => 'no']], $error->errors);
    Check::same(['r-1', '422 invalid-body: Not now.'], [$error->requestId(), $error->getMessage()]);
});

test('errors: a problem that makes no sense', static function (): void {
    foreach (['', '[]', '{}', '{"type":5}', "\xff", str_repeat('[', 100000)] as $body) {
        $fake = new Fake(new Response(500, ['content-type' => 'application/problem+json'], $body));
        $error = Check::throws(Exception\UnexpectedAnswer::class, static fn () => $fake->client(retries: 0)->usage());
        Check::same(500, $error->status);
    }
});

test('clock: it is corrected once and stays so', static function (): void {
    $ahead = Fake::bad(401, 'timestamp-out-of-range', ['date' => 'Mon, 12 Jan 1970 14:46:40 GMT']);
    $fake = new Fake($ahead, Fake::good(['a' => 1]), Fake::good(['a' => 1]));
    $client = $fake->client(retries: 0);
    $client->usage();
    $client->usage();
    $times = array_map(static fn ($request): int => (int) $request->headers['X-Purser-Timestamp'] - 1_000_000, $fake->requests);
    Check::same([[0, 3600, 3600], 3600.0, []], [$times, $client->clockOffset(), $fake->slept]);
    Check::throws(Exception\TimestampOutOfRange::class, static fn () => (new Fake($ahead, $ahead))->client()->usage(), 'not twice');
    foreach ([[], ['date' => 'yesterday'], ['date' => '']] as $headers) {
        $fake = new Fake(Fake::bad(401, 'timestamp-out-of-range', $headers));
        Check::throws(Exception\TimestampOutOfRange::class, static fn () => $fake->client()->usage(), 'without a date');
    }
});
