<?php

declare(strict_types=1);

namespace Purser\Tests;

use Purser\Client;
use Purser\Request;
use Purser\Response;
use Purser\Transport;
use Throwable;

/** Answers in their order; keeps what was asked. What can be thrown is thrown. */
final class Fake implements Transport
{
    public const KEY = 'pk_aaaaaaaaaaaaaaaaaaaaaaaa';
    public const SECRET = 'sk_0000000000000000000000000000000000000000000000000000000000000000';

    /** @var list<Request> */
    public array $requests = [];
    /** @var list<float> */
    public array $slept = [];
    /** @var list<Response|Throwable> */
    private array $answers;

    public function __construct(Response|Throwable ...$answers)
    {
        $this->answers = array_values($answers);
    }

    public function send(Request $request, float $timeout): Response
    {
        $this->requests[] = $request;
        $answer = array_shift($this->answers) ?? throw new \LogicException('no answer is left');
        if ($answer instanceof Throwable) {
            throw $answer;
        }
        return $answer;
    }

    public function client(mixed ...$options): Client
    {
        return new Client('http://x', self::KEY, self::SECRET, ...[
            'transport' => $this,
            'clock' => static fn (): float => 1_000_000.0,
            'sleep' => function (float $seconds): void {
                $this->slept[] = $seconds;
            },
            ...$options,
        ]);
    }

    /** @param array<string, string> $headers */
    public static function good(mixed $value, array $headers = []): Response
    {
        return new Response(200, ['content-type' => 'application/json'] + $headers, json_encode($value, JSON_THROW_ON_ERROR));
    }

    /**
     * @param array<string, string> $headers
     * @param array<string, mixed> $more
     */
    public static function bad(int $status, string $problem, array $headers = [], array $more = []): Response
    {
        $value = ['type' => "urn:purser:problem:$problem", 'title' => 'No', 'status' => $status, 'detail' => 'Not now.'] + $more;
        return new Response($status, ['content-type' => 'application/problem+json; charset=utf-8'] + $headers, json_encode($value, JSON_THROW_ON_ERROR));
    }
}
