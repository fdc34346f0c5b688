<?php

declare(strict_types=1);

use Purser\CurlTransport;
use Purser\Exception;
use Purser\Request;
use Purser\Response;
use Purser\Tests\Check;

/** What CurlTransport makes of an answer; $read is what the other side got. */
function sent(string $how, ?Request $request = null, float $timeout = 30.0, int $more = 0, ?string &$read = null, string $path = ''): Response
{
    $answer = preg_match('/\A[a-z]+\z/', $how) === 1 ? $how : base64_encode($how);
    $process = proc_open([PHP_BINARY, __DIR__ . '/line.php', $answer, (string) $more], [1 => ['pipe', 'w']], $pipes);
    $port = trim((string) fgets($pipes[1]));
    try {
        return (new CurlTransport("http://127.0.0.1:$port$path"))->send($request ?? new Request('GET', '/v1/usage'), $timeout);
    } finally {
        $read = base64_decode((string) stream_get_contents($pipes[1]));
        proc_close($process);
    }
}

test('transport: an answer', static function (): void {
    $response = sent("HTTP/1.1 100 Continue\r\nX-A: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a: 2\r\n\r\n{}");
    Check::same([200, '{}', '1, 2'], [$response->status, $response->body, $response->headers['x-a']]);
    Check::same('ab', sent("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n")->body);
    Check::same('abc', sent("HTTP/1.1 200 OK\r\n\r\nabc")->body);
});

test('transport: the target goes over the wire as it is', static function (): void {
    $target = "/v1/../a//b/./caf%c3%A9?b=%20&a=:+'\"<>#x";
    sent("HTTP/1.1 204 No Content\r\n\r\n", new Request('GET', $target, ['X-B' => 'c']), read: $read);
    $lines = explode("\r\n", $read);
    Check::same("GET $target HTTP/1.1", $lines[0]);
    Check::true(in_array('X-B: c', $lines, true), 'its header');
});

test('transport: a path of the address goes before it', static function (): void {
    sent("HTTP/1.1 204 No Content\r\n\r\n", read: $read, path: '/purser/');
    Check::true(str_starts_with($read, "GET /purser/v1/usage HTTP/1.1\r\n"), $read);
});

test('transport: a body goes with its length', static function (): void {
    $nothing = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    sent($nothing, new Request('POST', '/', [], '12345'), more: 5, read: $read);
    Check::true(str_contains($read, "Content-Length: 5\r\n") && str_ends_with($read, "\r\n\r\n12345"), $read);
    Check::true(stripos($read, 'content-type') === false && stripos($read, 'expect') === false, $read);
    sent($nothing, new Request('POST', '/', ['content-type' => 'application/json']), read: $read);
    Check::true(str_contains($read, "Content-Length: 0\r\n") && str_contains($read, "content-type: application/json\r\n"), $read);
    Check::throws(InvalidArgumentException::class, static fn () => (new CurlTransport('http://127.0.0.1'))->send(new Request('GET', '/', ['A' => "b\r\nC: d"]), 1));
});

test('transport: HEAD has no body', static function (): void {
    $response = sent("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", new Request('HEAD', '/'));
    Check::same([200, '', '5'], [$response->status, $response->body, $response->headers['content-length']]);
});

test('transport: redirects are not followed', static function (): void {
    Check::same(302, sent("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")->status);
});

test('transport: answers that are cut', static function (): void {
    foreach ([' ', "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"] as $answer) {
        Check::throws(Exception\ConnectionFailed::class, static fn () => sent($answer), $answer);
    }
});

test('transport: nobody listens', static function (): void {
    $free = stream_socket_server('tcp://127.0.0.1:0');
    $address = stream_socket_get_name($free, false);
    fclose($free);
    Check::throws(Exception\ConnectionFailed::class, static fn () => (new CurlTransport("http://$address"))->send(new Request('GET', '/'), 30));
});

test('transport: time is up', static function (): void {
    Check::throws(Exception\RequestTimeout::class, static fn () => sent('silent', timeout: 0.2), 'silence');
    Check::throws(Exception\RequestTimeout::class, static fn () => sent('trickle', timeout: 0.5), 'something comes all the time');
});

test('transport: an answer that does not end', static function (): void {
    Check::throws(Exception\UnexpectedAnswer::class, static fn () => sent('flood', timeout: 300));
});
