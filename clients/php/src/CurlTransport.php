<?php

declare(strict_types=1);

namespace Purser;

use CurlHandle;
use InvalidArgumentException;
use Purser\Exception\ConnectionFailed;
use Purser\Exception\RequestTimeout;
use Purser\Exception\UnexpectedAnswer;

/**
 * HTTP/1.1 by curl: the target byte for byte, no redirect, no proxy, bounded in time and size. A path in the address goes
 * before each target, and is not signed: the proxy that has Purser there takes it off.
 */
final class CurlTransport implements Transport
{
    public const MAX_ANSWER = 16 << 20; // bytes

    private readonly string $origin;
    private readonly string $prefix;
    private readonly CurlHandle $handle; // keeps its connection for the next request

    /** @param ?string $caFile authorities (PEM) to trust instead of the system's */
    public function __construct(string $baseUrl, private readonly ?string $caFile = null)
    {
        $parts = parse_url($baseUrl);
        if (!is_array($parts) || !in_array($parts['scheme'] ?? '', ['http', 'https'], true) || ($parts['host'] ?? '') === '') {
            throw new InvalidArgumentException('the address must be as https://api.shop.example');
        }
        $path = $parts['path'] ?? '';
        $others = array_diff_key($parts, array_flip(['scheme', 'host', 'port', 'path']));
        if ($others !== [] || preg_match('/\A[\x21-\x7e]*\z/', $path) !== 1) {
            throw new InvalidArgumentException('the address has no query, fragment or user, and its path is percent-encoded');
        }
        $this->prefix = rtrim($path, '/');
        $this->origin = $parts['scheme'] . '://' . $parts['host'] . (isset($parts['port']) ? ':' . $parts['port'] : '');
        $this->handle = curl_init();
    }

    public function send(Request $request, float $timeout): Response
    {
        $headers = [];
        $body = '';
        $tooLarge = false;
        curl_reset($this->handle);
        curl_setopt_array($this->handle, $this->options($request, max(1, (int) ($timeout * 1000))));
        curl_setopt($this->handle, CURLOPT_HEADERFUNCTION, static function (CurlHandle $_, string $line) use (&$headers): int {
            self::keepHeader($headers, $line);
            return strlen($line);
        });
        curl_setopt($this->handle, CURLOPT_WRITEFUNCTION, static function (CurlHandle $_, string $piece) use (&$body, &$tooLarge): int {
            $tooLarge = strlen($body) + strlen($piece) > self::MAX_ANSWER;
            if ($tooLarge) {
                return 0; // ends it
            }
            $body .= $piece;
            return strlen($piece);
        });
        $good = curl_exec($this->handle);
        $status = (int) curl_getinfo($this->handle, CURLINFO_RESPONSE_CODE);
        if ($tooLarge) {
            throw new UnexpectedAnswer('an answer of more than ' . self::MAX_ANSWER . ' bytes', $status);
        }
        if ($good === false) {
            $this->fail($timeout);
        }
        return new Response($status, $headers, $body);
    }

    /** @return array<int, mixed> */
    private function options(Request $request, int $milliseconds): array
    {
        $lines = ['Expect:', 'Content-Type:'];
        foreach ($request->headers as $name => $value) {
            if (preg_match('/[\r\n\0]/', $name . $value) === 1) {
                throw new InvalidArgumentException('a header has one line');
            }
            $lines[] = "$name: $value";
        }
        if (array_key_exists('content-type', array_change_key_case($request->headers))) {
            unset($lines[1]);
        }
        $options = [
            CURLOPT_URL => $this->origin . '/',
            CURLOPT_REQUEST_TARGET => $this->prefix . $request->target,
            CURLOPT_CUSTOMREQUEST => $request->method,
            CURLOPT_NOBODY => $request->method === 'HEAD',
            CURLOPT_HTTPHEADER => array_values($lines),
            CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
            CURLOPT_PROTOCOLS => CURLPROTO_HTTP | CURLPROTO_HTTPS,
            CURLOPT_FOLLOWLOCATION => false,
            CURLOPT_PROXY => '',
            CURLOPT_NOSIGNAL => true,
            CURLOPT_CONNECTTIMEOUT_MS => $milliseconds,
            CURLOPT_TIMEOUT_MS => $milliseconds,
        ];
        if ($request->body !== '' || !in_array($request->method, ['GET', 'HEAD'], true)) {
            $options[CURLOPT_POSTFIELDS] = $request->body;
        }
        if ($this->caFile !== null) {
            $options[CURLOPT_CAINFO] = $this->caFile;
        }
        return $options;
    }

    /** @param array<string, string> $headers */
    private static function keepHeader(array &$headers, string $line): void
    {
        if (str_starts_with($line, 'HTTP/')) {
            $headers = []; // what came before was of a 100 Continue
        }
        [$name, $value] = explode(':', $line, 2) + [1 => null];
        if ($value !== null) {
            $name = strtolower($name);
            $headers[$name] = isset($headers[$name]) ? $headers[$name] . ', ' . trim($value) : trim($value);
        }
    }

    private function fail(float $timeout): never
    {
        if (curl_errno($this->handle) === CURLE_OPERATION_TIMEDOUT) {
            throw new RequestTimeout("no answer within $timeout s");
        }
        throw new ConnectionFailed(curl_error($this->handle));
    }
}
