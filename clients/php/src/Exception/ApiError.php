<?php

declare(strict_types=1);

namespace Purser\Exception;

/** Problem details (RFC 9457) that the server answered. */
class ApiError extends PurserError
{
    private const PREFIX = 'urn:purser:problem:';

    private const BY_PROBLEM = [
        'missing-credentials' => MissingCredentials::class,
        'malformed-credentials' => MalformedCredentials::class,
        'invalid-signature' => InvalidSignature::class,
        'timestamp-out-of-range' => TimestampOutOfRange::class,
        'replayed-nonce' => ReplayedNonce::class,
        'invalid-key' => InvalidKey::class,
        'client-suspended' => ClientSuspended::class,
        'client-closed' => ClientClosed::class,
        'invalid-parameter' => InvalidParameter::class,
        'invalid-body' => InvalidBody::class,
        'not-found' => NotFound::class,
        'method-not-allowed' => MethodNotAllowed::class,
        'body-too-large' => TooLarge::class,
        'unsupported-media-type' => UnsupportedMediaType::class,
        'idempotency-mismatch' => IdempotencyMismatch::class,
        'idempotency-in-progress' => IdempotencyInProgress::class,
        'rate-limited' => RateLimited::class,
        'not-configured' => NotConfigured::class,
    ];

    private const BY_STATUS = [
        401 => AuthenticationError::class,
        403 => Forbidden::class,
        404 => NotFound::class,
        405 => MethodNotAllowed::class,
        413 => TooLarge::class,
        415 => UnsupportedMediaType::class,
        429 => RateLimited::class,
    ];

    /**
     * @param string $problem "rate-limited", without the urn
     * @param list<array{pointer: string, detail: string}> $errors
     * @param array<string, string> $headers names in lower case
     * @param ?float $retryAfter seconds
     */
    final public function __construct(
        public readonly int $status,
        public readonly string $problem,
        public readonly string $title = '',
        public readonly string $detail = '',
        public readonly array $errors = [],
        public readonly array $headers = [],
        public readonly ?float $retryAfter = null,
    ) {
        parent::__construct("$status $problem: " . ($detail !== '' ? $detail : $title), $status);
    }

    public function requestId(): ?string
    {
        return $this->headers['x-request-id'] ?? null;
    }

    /**
     * The error of an answer. A problem that this release does not know goes by its status.
     *
     * @param array<string, string> $headers
     * @param array<mixed> $value what its body holds
     */
    public static function of(int $status, array $headers, array $value, ?float $retryAfter): self
    {
        $problem = self::text($value['type'] ?? '');
        if (str_starts_with($problem, self::PREFIX)) {
            $problem = substr($problem, strlen(self::PREFIX));
        }
        $errors = [];
        foreach (is_array($value['errors'] ?? null) ? $value['errors'] : [] as $one) {
            if (is_array($one)) {
                $errors[] = ['pointer' => self::text($one['pointer'] ?? ''), 'detail' => self::text($one['detail'] ?? '')];
            }
        }
        $class = self::BY_PROBLEM[$problem] ?? self::BY_STATUS[$status]
            ?? ($status >= 500 ? Unavailable::class : InvalidRequest::class);
        $title = self::text($value['title'] ?? '');
        return new $class($status, $problem, $title, self::text($value['detail'] ?? ''), $errors, $headers, $retryAfter);
    }

    private static function text(mixed $value): string
    {
        return is_scalar($value) ? (string) $value : '';
    }
}
