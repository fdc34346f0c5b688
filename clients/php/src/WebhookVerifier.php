<?php

declare(strict_types=1);

namespace Purser;

use InvalidArgumentException;

/**
 * Is a notification signed by the gateway that it names? The schemes of Purser's purser_webhook_verify(), here without a
 * server. All secrets and all signatures of a header are tried in every call and compared in constant time: the time does
 * not tell which of them was right.
 */
final class WebhookVerifier
{
    public const HEADER_MAX = 8192; // bytes; a longer header is no signature
    public const SECRETS_MAX = 16;
    public const SECRET_MAX = 1024; // bytes

    private const HEADERS = [
        'paychangu' => ['Signature'],
        'square' => ['x-square-hmacsha256-signature'],
        'stripe' => ['Stripe-Signature'],
        'paystack' => ['x-paystack-signature'],
        'flutterwave' => ['flutterwave-signature', 'verif-hash'],
        'standard' => ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
    ];

    private const SCHEMES = [ // what is signed, digest, encoding
        'paychangu' => ['body', 'sha256', 'hex'],
        'square' => ['url+body', 'sha256', 'base64'],
        'stripe' => ['timestamp.body', 'sha256', 'hex'],
        'paystack' => ['body', 'sha512', 'hex'],
        'flutterwave' => ['body', 'sha256', 'base64'],
        'standard' => ['id.timestamp.body', 'sha256', 'base64'],
        'generic' => ['body', 'sha256', 'hex'],
    ];

    private readonly string $signed;
    private readonly string $algorithm;
    private readonly string $encoding;
    /** @var list<string> what the secrets stand for */
    private readonly array $keys;

    /**
     * @param string $scheme paychangu, square, stripe, paystack, flutterwave, standard, generic
     * @param list<string> $secrets 1 to 16; any of them will do (a new one first, then the old one until it is gone)
     * @param int $tolerance seconds that a timestamp may be from now, before and after
     * @param ?string $algorithm sha256, sha512, sha1; this and all below for the scheme generic only
     * @param ?string $encoding hex, base64
     * @param ?string $signed body, url+body, timestamp.body
     * @param ?string $prefix what stands before a signature
     * @param ?string $signatureElement of timestamp.body: the name of the signature (v1)
     * @param ?string $timestampElement of timestamp.body: the name of the timestamp (t)
     */
    public function __construct(
        public readonly string $scheme,
        #[\SensitiveParameter] private readonly array $secrets,
        public readonly int $tolerance = 300,
        ?string $algorithm = null,
        ?string $encoding = null,
        ?string $signed = null,
        private readonly ?string $prefix = null,
        private readonly ?string $signatureElement = null,
        private readonly ?string $timestampElement = null,
    ) {
        if (!isset(self::SCHEMES[$scheme])) {
            throw new InvalidArgumentException('scheme must be one of ' . implode(', ', array_keys(self::SCHEMES)));
        }
        if ($secrets === [] || count($secrets) > self::SECRETS_MAX) {
            throw new InvalidArgumentException('secrets must be a list of 1 to ' . self::SECRETS_MAX);
        }
        if ($tolerance < 1 || $tolerance > 1_000_000_000) {
            throw new InvalidArgumentException('tolerance must be 1 to 1000000000 seconds');
        }
        $this->checkChoice('algorithm', $algorithm, ['sha1', 'sha256', 'sha512']);
        $this->checkChoice('encoding', $encoding, ['hex', 'base64']);
        $this->checkChoice('signed', $signed, ['body', 'url+body', 'timestamp.body']);
        $this->checkWord('prefix', $prefix, ',');
        $this->checkWord('signatureElement', $signatureElement, ',=');
        $this->checkWord('timestampElement', $timestampElement, ',=');
        [$ofSigned, $ofAlgorithm, $ofEncoding] = self::SCHEMES[$scheme];
        $this->signed = $signed ?? $ofSigned;
        $this->algorithm = $algorithm ?? $ofAlgorithm;
        $this->encoding = $encoding ?? $ofEncoding;
        $this->keys = $this->keysOf($secrets);
    }

    /**
     * The headers in which a scheme's signature comes: of flutterwave either, of standard all three.
     *
     * @return list<string>
     */
    public static function headerNames(string $scheme): array
    {
        return self::HEADERS[$scheme] ?? throw new InvalidArgumentException("no headers are known of the scheme '$scheme'");
    }

    /**
     * What verify() takes as its header, from the headers of a request in any case; '' where there is none.
     *
     * @param array<string, string|list<string>> $headers
     */
    public static function headerValue(string $scheme, array $headers): string
    {
        $headers = array_change_key_case($headers);
        $found = [];
        foreach (self::headerNames($scheme) as $name) {
            $value = $headers[strtolower($name)] ?? '';
            $found[] = is_array($value) ? implode(', ', $value) : $value;
        }
        $there = array_values(array_filter($found, static fn (string $value): bool => $value !== ''));
        if ($scheme === 'standard') {
            return count($there) === 3 ? implode(' ', $there) : '';
        }
        return $there[0] ?? '';
    }

    /**
     * Was it signed with one of the secrets, and in time? A malformed header is a no.
     *
     * @param ?string $header the header's value as it came; of the scheme standard: webhook-id, webhook-timestamp and
     *                        webhook-signature, joined with a blank each (headerValue() does that)
     * @param string $body as it came, byte for byte, before any parser: file_get_contents('php://input')
     * @param ?string $url for schemes that sign it: as it was given to the gateway
     */
    public function verify(?string $header, string $body, ?string $url = null, ?int $now = null): bool
    {
        if ($this->signed === 'url+body' && ($url ?? '') === '') {
            throw new InvalidArgumentException('this scheme signs the URL of the notification: give it');
        }
        $whole = trim($header ?? '', " \t");
        if ($whole === '' || strlen($header ?? '') > self::HEADER_MAX) {
            return false;
        }
        $parts = $this->read($whole, $now ?? time());
        if ($parts === null) {
            return false;
        }
        [$before, $signatures] = $parts;
        $message = $before . ($this->signed === 'url+body' ? $url : '') . $body;
        $good = false;
        foreach ($this->keys as $number => $key) {
            $mac = hash_hmac($this->algorithm, $message, $key, true);
            $expected = $this->encoding === 'hex' ? bin2hex($mac) : base64_encode($mac);
            foreach ($signatures as $given) {
                $good = hash_equals($expected, $given) || $good;
            }
            if ($this->scheme === 'flutterwave') { // verif-hash: blanks around it do not come through a header
                $secret = trim(array_values($this->secrets)[$number], " \t");
                $good = hash_equals(hash('sha256', $secret), hash('sha256', $whole)) || $good;
            }
        }
        return $good;
    }

    /** @return array<string, mixed> for var_dump(): no secret */
    public function __debugInfo(): array
    {
        return ['scheme' => $this->scheme, 'secrets' => count($this->secrets), 'tolerance' => $this->tolerance];
    }

    /** @return ?array{string, list<string>} what is signed before the body, and the signatures; null for a bad header */
    private function read(string $whole, int $now): ?array
    {
        return match ($this->signed) {
            'timestamp.body' => $this->readElements($whole, $now),
            'id.timestamp.body' => $this->readStandard($whole, $now),
            default => ['', $this->signatures([$whole])],
        };
    }

    /**
     * t=1533204620,v1=…,v1=…; two timestamps would leave open which one counts.
     *
     * @return ?array{string, list<string>}
     */
    private function readElements(string $whole, int $now): ?array
    {
        $elements = array_map(static fn (string $element): string => trim($element, " \t"), explode(',', $whole));
        $times = self::after(($this->timestampElement ?? 't') . '=', $elements);
        if (count($times) !== 1 || !$this->inTime($times[0], $now)) {
            return null;
        }
        return [$times[0] . '.', $this->signatures(self::after(($this->signatureElement ?? 'v1') . '=', $elements))];
    }

    /**
     * id timestamp v1,… v1,…
     *
     * @return ?array{string, list<string>}
     */
    private function readStandard(string $whole, int $now): ?array
    {
        $words = explode(' ', $whole);
        if (count($words) < 3 || $words[0] === '' || !$this->inTime($words[1], $now)) {
            return null;
        }
        $found = array_map(static fn (string $word): string => trim($word, " \t"), array_slice($words, 2));
        return ["$words[0].$words[1].", $this->signatures(self::after('v1,', $found))];
    }

    /**
     * The rest of those that begin so.
     *
     * @param list<string> $texts
     * @return list<string>
     */
    private static function after(string $start, array $texts): array
    {
        $found = array_filter($texts, static fn (string $text): bool => str_starts_with($text, $start));
        return array_values(array_map(static fn (string $text): string => substr($text, strlen($start)), $found));
    }

    /**
     * Without the prefix; hex may come in either case.
     *
     * @param list<string> $found
     * @return list<string>
     */
    private function signatures(array $found): array
    {
        $found = array_map(static fn (string $text): string => trim($text, " \t"), $found);
        $found = self::after($this->prefix ?? '', $found);
        return $this->encoding === 'hex'
            ? array_map(static fn (string $text): string => strtr($text, 'ABCDEF', 'abcdef'), $found)
            : $found;
    }

    private function inTime(string $timestamp, int $now): bool
    {
        return preg_match('/\A[0-9]{1,15}\z/', $timestamp) === 1 && abs((int) $timestamp - $now) <= $this->tolerance;
    }

    /**
     * Those of standard are base64 after whsec_.
     *
     * @param array<mixed> $secrets
     * @return list<string>
     */
    private function keysOf(#[\SensitiveParameter] array $secrets): array
    {
        $keys = [];
        foreach (array_values($secrets) as $number => $secret) {
            $key = is_string($secret) && strlen($secret) <= self::SECRET_MAX ? $secret : '';
            if ($this->scheme === 'standard') {
                $text = str_starts_with($key, 'whsec_') ? substr($key, 6) : $key;
                $key = (string) base64_decode($text, true);
                $key = base64_encode($key) === $text ? $key : '';
            }
            if ($key === '') {
                throw new InvalidArgumentException(
                    'secret number ' . ($number + 1) . ' is not a text of 1 to ' . self::SECRET_MAX . ' bytes'
                        . ($this->scheme === 'standard' ? ' in base64 (after whsec_)' : ''),
                );
            }
            $keys[] = $key;
        }
        return $keys;
    }

    /** @param list<string> $choices */
    private function checkChoice(string $name, ?string $value, array $choices): void
    {
        $this->checkGeneric($name, $value);
        if ($value !== null && !in_array($value, $choices, true)) {
            throw new InvalidArgumentException("$name must be one of " . implode(', ', $choices));
        }
    }

    private function checkWord(string $name, ?string $value, string $without): void
    {
        $this->checkGeneric($name, $value);
        if ($value !== null && (preg_match('/\A[\x21-\x7e]{1,31}\z/', $value) !== 1 || strpbrk($value, $without) !== false)) {
            throw new InvalidArgumentException("$name must be 1 to 31 printable characters without " . implode(' ', str_split($without)));
        }
    }

    private function checkGeneric(string $name, ?string $value): void
    {
        if ($value !== null && $this->scheme !== 'generic') {
            throw new InvalidArgumentException("$name is for the scheme generic only");
        }
    }
}
