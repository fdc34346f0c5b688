<?php

declare(strict_types=1);

namespace Purser;

use InvalidArgumentException;

/** Scheme v1 of signed requests: what is signed, and with what. Pure but for newNonce(). */
final class Signature
{
    public const SCHEME = 'PURSER-HMAC-SHA256-V1';
    public const TOLERANCE = 300; // seconds, before and after

    private function __construct()
    {
    }

    public static function bodySha256(string $body): string
    {
        return hash('sha256', $body);
    }

    /** 32 characters that nobody guesses and that do not come twice. */
    public static function newNonce(): string
    {
        return strtr(base64_encode(random_bytes(24)), '+/', '-_');
    }

    /** Seven lines. The target is path and query as they go over the wire, percent-encoded already. */
    public static function stringToSign(
        string $keyId,
        int|string $timestamp,
        string $nonce,
        string $method,
        string $target,
        string $body = '',
    ): string {
        return implode("\n", [self::SCHEME, $keyId, $timestamp, $nonce, $method, $target, self::bodySha256($body)]);
    }

    /** The signature of stringToSign(): 64 hex digits. The secret is taken as text, with its sk_. */
    public static function sign(#[\SensitiveParameter] string $secret, string $text): string
    {
        return hash_hmac('sha256', $text, $secret);
    }

    /**
     * The four headers of a signed request.
     *
     * @return array<string, string>
     * @throws InvalidArgumentException for what the server would not take
     */
    public static function headers(
        string $keyId,
        #[\SensitiveParameter] string $secret,
        int $timestamp,
        string $nonce,
        string $method,
        string $target,
        string $body = '',
    ): array {
        self::need('/\Apk_[A-Za-z0-9]{24}\z/', $keyId, 'the key id must be pk_ and 24 letters and digits');
        self::need('/\A[A-Za-z0-9_-]{16,64}\z/', $nonce, 'the nonce must be 16 to 64 of A-Z a-z 0-9 _ -');
        self::need('/\A[A-Z]+\z/', $method, 'the method must be upper-case letters');
        self::need(
            '/\A\/[\x21-\x7e]*\z/',
            $target,
            'the target must be a path in printable ASCII: percent-encode what is not',
        );
        self::need('/\A[0-9]{1,12}\z/', (string) $timestamp, 'the timestamp must be seconds since 1970, of 1 to 12 digits');
        $text = self::stringToSign($keyId, $timestamp, $nonce, $method, $target, $body);
        return [
            'X-Purser-Key' => $keyId,
            'X-Purser-Timestamp' => (string) $timestamp,
            'X-Purser-Nonce' => $nonce,
            'X-Purser-Signature' => 'v1=' . self::sign($secret, $text),
        ];
    }

    private static function need(string $pattern, string $value, string $must): void
    {
        if (preg_match($pattern, $value) !== 1) {
            throw new InvalidArgumentException($must);
        }
    }
}
