<?php

declare(strict_types=1);

namespace Purser;

use Closure;
use DateTimeImmutable;
use DateTimeInterface;
use DateTimeZone;
use Generator;
use InvalidArgumentException;
use JsonException;
use Purser\Exception\ApiError;
use Purser\Exception\ConnectionFailed;
use Purser\Exception\IdempotencyInProgress;
use Purser\Exception\NotConfigured;
use Purser\Exception\PurserError;
use Purser\Exception\TimestampOutOfRange;
use Purser\Exception\UnexpectedAnswer;

/**
 * The client API: one method an operation. It signs, sends, tries again, and throws what is in Purser\Exception.
 *
 * A GET is sent again after a failed connection, a time-out, 408, 429 and 5xx. So is a POST, for the client gives it an
 * Idempotency-Key: the server does it once. Where the server says that the timestamp is out of range, the clock is
 * corrected by its Date, and the request sent once more.
 *
 * Money is text of digits ("1250.5000"); moments are text in UTC with a Z.
 *
 * @phpstan-type VolumeUse array{used: string, limit: ?string, percent: int|float|null}
 * @phpstan-type CountUse array{used: int, limit: ?int, percent: int|float|null}
 * @phpstan-type Threshold array{threshold: int|float, type: string, reached: bool, reached_at: ?string}
 * @phpstan-type Alert array{threshold: int|float, type: string, usage_percentage: int|float, current_volume: string, max_volume: ?string, sent_at: ?string, email_sent: bool}
 * @phpstan-type Usage array{client_id: int, name: string, month: string, package: string, volume: VolumeUse, transactions: CountUse, other_currency: int, currency: string, status: string, allowed: bool, hard_stop: bool, thresholds: list<Threshold>, alerts: list<Alert>}
 * @phpstan-type Month array{month: string, package: string, volume: string, transactions: int, volume_limit: ?string, transaction_limit: ?int, price: string, currency: string, closed_at: ?string}
 * @phpstan-type Override array{price: ?string, volume_limit: ?string, transaction_limit: ?int, from: string, until: ?string}
 * @phpstan-type Offer array{name: string, description: string, price: string, currency: string, volume_limit: ?string, transaction_limit: ?int}
 * @phpstan-type Package array{name: string, description: string, price: string, currency: string, volume_limit: ?string, transaction_limit: ?int, override: ?Override, upgrade: ?Offer}
 * @phpstan-type Transaction array{reference: string, amount: string, currency: string, occurred_at: string}
 * @phpstan-type Discrepancy array{type: string, reference: string, gateway: string, amount: ?string, gateway_amount: ?string, currency: ?string, state: string, detected_at: string}
 * @phpstan-type Reconciliation array{date: string, time_zone: ?string, complete: bool, transactions: array{count: int, volume: string, currency: string}, matched: int, discrepancies: list<Discrepancy>, truncated: bool}
 * @phpstan-type RateLimitAnswer array{allowed: bool, limit: int, remaining: int, reset_in_seconds: int, retry_after_seconds: ?int}
 * @phpstan-type Checkpoint array{checkpoint: ?string, tree_size: int, root_hash: ?string, sealed_at: ?string}
 */
final class Client
{
    public const VERSION = '0.1.0';

    private const RETRIED = [408, 429, 500, 502, 503, 504];

    private readonly Transport $transport;
    private readonly RetryPolicy $retry;
    private readonly Closure $clock;
    private readonly Closure $sleep;
    private float $clockOffset = 0.0;
    private ?RateLimitState $rateLimit = null;

    /**
     * @param string $baseUrl "https://api.shop.example": where /v1 is
     * @param string $keyId "pk_…"
     * @param string $secret "sk_…"
     * @param float $timeout seconds for one try, from the connection to the last byte
     * @param int|RetryPolicy $retries how often a request is sent again
     * @param ?Transport $transport another way to send, as for tests; $baseUrl is not used then
     * @param ?Closure(): float $clock seconds since 1970
     * @param ?Closure(float): void $sleep
     */
    public function __construct(
        string $baseUrl,
        private readonly string $keyId,
        #[\SensitiveParameter] private readonly string $secret,
        private readonly float $timeout = 10.0,
        int|RetryPolicy $retries = 3,
        ?Transport $transport = null,
        ?Closure $clock = null,
        ?Closure $sleep = null,
    ) {
        if (!str_starts_with($secret, 'sk_')) {
            throw new InvalidArgumentException('the secret begins with sk_');
        }
        if (!($timeout > 0 && $timeout <= 86400)) {
            throw new InvalidArgumentException('timeout must be more than 0 seconds, and at most a day');
        }
        Signature::headers($keyId, $secret, 0, Signature::newNonce(), 'GET', '/'); // a wrong key id is known now
        $this->retry = is_int($retries) ? new RetryPolicy($retries) : $retries;
        $this->transport = $transport ?? new CurlTransport($baseUrl);
        $this->clock = $clock ?? static fn (): float => microtime(true);
        $this->sleep = $sleep ?? static function (float $seconds): void {
            sleep((int) $seconds); // usleep() has 32 bits, and a Retry-After may be longer than they hold
            usleep((int) (fmod($seconds, 1.0) * 1_000_000));
        };
    }

    /** Seconds that are added to this machine's clock, as the server's Date said. */
    public function clockOffset(): float
    {
        return $this->clockOffset;
    }

    /** How the key itself stands, from the last answer that said so. */
    public function rateLimit(): ?RateLimitState
    {
        return $this->rateLimit;
    }

    /** @return array<string, mixed> for var_dump(): no secret */
    public function __debugInfo(): array
    {
        return ['keyId' => $this->keyId, 'clockOffset' => $this->clockOffset, 'rateLimit' => $this->rateLimit];
    }

    // ---- operations

    /**
     * The current month: volume, transactions, thresholds, alerts.
     *
     * @return Usage
     */
    public function usage(): array
    {
        return $this->request('GET', '/v1/usage');
    }

    /** Past months, the newest first: one page of them. */
    public function usageHistoryPage(?int $limit = null, ?string $cursor = null): Page
    {
        return $this->page('/v1/usage/history', ['limit' => $limit, 'cursor' => $cursor]);
    }

    /**
     * All past months, the newest first; $limit is that of a page.
     *
     * @return Generator<int, Month>
     */
    public function usageHistory(?int $limit = null): Generator
    {
        return $this->pages('/v1/usage/history', ['limit' => $limit]);
    }

    /**
     * The package, its limits, and the next one.
     *
     * @return Package
     */
    public function package(): array
    {
        return $this->request('GET', '/v1/package');
    }

    /** Transactions, the newest first: one page of them; $from and $to are moments, half open. */
    public function transactionsPage(
        string|DateTimeInterface|null $from = null,
        string|DateTimeInterface|null $to = null,
        ?int $limit = null,
        ?string $cursor = null,
    ): Page {
        $query = ['from' => self::moment($from), 'to' => self::moment($to), 'limit' => $limit, 'cursor' => $cursor];
        return $this->page('/v1/transactions', $query);
    }

    /**
     * All transactions, the newest first; $limit is that of a page.
     *
     * @return Generator<int, Transaction>
     */
    public function transactions(
        string|DateTimeInterface|null $from = null,
        string|DateTimeInterface|null $to = null,
        ?int $limit = null,
    ): Generator {
        return $this->pages('/v1/transactions', ['from' => self::moment($from), 'to' => self::moment($to), 'limit' => $limit]);
    }

    /**
     * What the reconciliation of a day ("2026-11-20") found among this client's transactions.
     *
     * @return Reconciliation
     */
    public function reconciliation(string|DateTimeInterface $date): array
    {
        $day = is_string($date) ? $date : $date->format('Y-m-d');
        return $this->request('GET', '/v1/reconciliation', ['date' => $day]);
    }

    /**
     * Counts, and says whether it is admitted.
     *
     * @return RateLimitAnswer
     */
    public function rateLimitCheck(
        string $identifier,
        string $endpoint,
        int $maxRequests,
        int $windowSeconds,
        ?int $cost = null,
        string|bool $idempotencyKey = true,
    ): array {
        $body = [
            'identifier' => $identifier,
            'endpoint' => $endpoint,
            'max_requests' => $maxRequests,
            'window_seconds' => $windowSeconds,
        ];
        if ($cost !== null) {
            $body['cost'] = $cost;
        }
        return $this->request('POST', '/v1/rate-limit/check', [], $body, $idempotencyKey);
    }

    /** Asks the server, which has the gateway's secrets. Who has them here takes WebhookVerifier. */
    public function verifyWebhook(
        string $gateway,
        string $signature,
        string $body,
        ?string $url = null,
        string|bool $idempotencyKey = true,
    ): bool {
        $asked = ['gateway' => $gateway, 'signature' => $signature];
        if (preg_match('//u', $body) === 1) {
            $asked['body'] = $body;
        } else {
            $asked['body_base64'] = base64_encode($body);
        }
        if ($url !== null) {
            $asked['url'] = $url;
        }
        return $this->request('POST', '/v1/webhooks/verify', [], $asked, $idempotencyKey)['valid'] === true;
    }

    /**
     * The newest checkpoint of the audit log.
     *
     * @return Checkpoint
     */
    public function auditCheckpoint(): array
    {
        return $this->request('GET', '/v1/audit/checkpoint');
    }

    /**
     * The description of the API, OpenAPI 3.1; not signed.
     *
     * @return array<string, mixed>
     */
    public function openapi(): array
    {
        return $this->request('GET', '/v1/openapi.json', signed: false);
    }

    // ---- requests

    /**
     * Any operation: its answer, or an error. The path is text and not percent-encoded yet.
     *
     * @param array<string, string|int|null> $query
     * @param ?array<string, mixed> $body
     * @param string|bool $idempotencyKey true: a POST gets one of its own; a text: that one, so that a program that starts
     *                                    again does not do it twice; false: none, and a POST is not sent again
     * @return array<string, mixed>
     * @throws PurserError
     */
    public function request(
        string $method,
        string $path,
        array $query = [],
        ?array $body = null,
        string|bool $idempotencyKey = true,
        bool $signed = true,
    ): array {
        $query = array_filter($query, static fn (string|int|null $value): bool => $value !== null);
        $target = implode('/', array_map('rawurlencode', explode('/', $path)));
        $target .= $query === [] ? '' : '?' . http_build_query($query, '', '&', PHP_QUERY_RFC3986);
        $headers = ['Accept' => 'application/json, application/problem+json', 'User-Agent' => 'purser-php/' . self::VERSION];
        $data = '';
        if ($body !== null) {
            $data = self::json($body);
            $headers['Content-Type'] = 'application/json';
        }
        if ($method === 'POST' && $idempotencyKey !== false) {
            $headers['Idempotency-Key'] = self::idempotencyKey($idempotencyKey);
        }
        $again = in_array($method, ['GET', 'HEAD'], true) || isset($headers['Idempotency-Key']);
        return $this->try(new Request($method, $target, $headers, $data), $again, $signed);
    }

    /** @return array<string, mixed> */
    private function try(Request $request, bool $again, bool $signed): array
    {
        $failed = 0;
        $corrected = false;
        while (true) {
            try {
                return $this->once($request, $signed);
            } catch (TimestampOutOfRange $error) {
                if ($corrected || !$this->correctClock($error->headers['date'] ?? '')) {
                    throw $error;
                }
                $corrected = true;
                continue;
            } catch (PurserError $error) {
                $delay = $this->retry->delay(++$failed, $error->retryAfter ?? null);
                if (!$again || $delay === null || !self::mayPass($error)) {
                    throw $error;
                }
            }
            ($this->sleep)($delay);
        }
    }

    /** @return array<string, mixed> */
    private function once(Request $request, bool $signed): array
    {
        $headers = $request->headers;
        if ($signed) {
            $moment = (int) floor(($this->clock)() + $this->clockOffset);
            $nonce = Signature::newNonce();
            $headers += Signature::headers($this->keyId, $this->secret, $moment, $nonce, $request->method, $request->target, $request->body);
        }
        $sent = new Request($request->method, $request->target, $headers, $request->body);
        $response = $this->transport->send($sent, $this->timeout);
        $this->noteRateLimit($response->headers);
        return $this->open($response);
    }

    /** @return array<string, mixed> */
    private function open(Response $response): array
    {
        $kind = strtolower(trim(explode(';', $response->headers['content-type'] ?? '')[0]));
        $retryAfter = $this->retryAfter($response->headers['retry-after'] ?? '');
        $value = null;
        if (in_array($kind, ['application/json', 'application/problem+json'], true)) {
            $value = json_decode($response->body, true, 512, JSON_BIGINT_AS_STRING);
        }
        if ($response->status === 200 && is_array($value) && str_starts_with(ltrim($response->body), '{')) {
            return $value;
        }
        if ($response->status >= 400 && is_array($value) && is_string($value['type'] ?? null)) {
            throw ApiError::of($response->status, $response->headers, $value, $retryAfter);
        }
        throw new UnexpectedAnswer(
            "an answer that is not Purser's: status {$response->status}, " . ($kind === '' ? 'no type' : $kind),
            $response->status,
            $retryAfter,
        );
    }

    /** @param array<string, string|int|null> $query */
    private function page(string $path, array $query): Page
    {
        $value = $this->request('GET', $path, $query);
        if (!is_array($value['data'] ?? null) || !array_key_exists('next_cursor', $value)) {
            throw new UnexpectedAnswer("an answer that is not Purser's: no page", 200);
        }
        return new Page($value['data'], $value['next_cursor']);
    }

    /**
     * @param array<string, string|int|null> $query
     * @return Generator<int, array<string, mixed>>
     */
    private function pages(string $path, array $query): Generator
    {
        $cursor = null;
        do {
            $page = $this->page($path, $query + ['cursor' => $cursor]);
            foreach ($page->data as $row) { // yield from would give each page the same numbers
                yield $row;
            }
            if ($page->nextCursor !== null && $page->nextCursor === $cursor) { // or this would never end
                throw new UnexpectedAnswer('the next page is the same', 200);
            }
            $cursor = $page->nextCursor;
        } while ($cursor !== null);
    }

    /** By the server's Date, to its second; false where there is none. */
    private function correctClock(string $date): bool
    {
        $then = self::httpDate($date);
        if ($then === null) {
            return false;
        }
        $this->clockOffset = $then - ($this->clock)();
        return true;
    }

    /** @param array<string, string> $headers */
    private function noteRateLimit(array $headers): void
    {
        $numbers = [];
        foreach (['limit', 'remaining', 'reset'] as $name) {
            $value = $headers["x-ratelimit-$name"] ?? '';
            if (preg_match('/\A[0-9]{1,15}\z/', $value) !== 1) {
                return;
            }
            $numbers[] = (int) $value;
        }
        $this->rateLimit = new RateLimitState(...$numbers);
    }

    /** Seconds; the header may also hold a date. */
    private function retryAfter(string $value): ?float
    {
        if (preg_match('/\A[0-9]+\z/', $value) === 1) {
            return (float) $value; // however long: then it is too long for the policy
        }
        $then = self::httpDate($value);
        return $then === null ? null : max(0.0, $then - ($this->clock)());
    }

    private static function httpDate(string $value): ?int
    {
        $date = DateTimeImmutable::createFromFormat('D, d M Y H:i:s \G\M\T', $value, new DateTimeZone('UTC'));
        return $date === false ? null : $date->getTimestamp();
    }

    private static function moment(string|DateTimeInterface|null $moment): ?string
    {
        if ($moment instanceof DateTimeInterface) {
            return DateTimeImmutable::createFromInterface($moment)->setTimezone(new DateTimeZone('UTC'))->format('Y-m-d\TH:i:s.u\Z');
        }
        return $moment;
    }

    /** @param array<string, mixed> $body */
    private static function json(array $body): string
    {
        try {
            return json_encode((object) $body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
        } catch (JsonException $why) {
            throw new InvalidArgumentException('the body cannot be JSON: ' . $why->getMessage(), 0, $why);
        }
    }

    private static function idempotencyKey(string|bool $given): string
    {
        if ($given === true) {
            return Signature::newNonce();
        }
        if (preg_match('/\A[\x21-\x7e]{1,64}\z/', (string) $given) !== 1) {
            throw new InvalidArgumentException('an Idempotency-Key is 1 to 64 printable ASCII characters without blanks');
        }
        return (string) $given;
    }

    /** May the same request be answered otherwise a moment later? */
    private static function mayPass(PurserError $error): bool
    {
        if ($error instanceof ConnectionFailed || $error instanceof IdempotencyInProgress) {
            return true;
        }
        if ($error instanceof NotConfigured) {
            return false;
        }
        return in_array($error->status ?? 0, self::RETRIED, true);
    }
}
