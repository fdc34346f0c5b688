<?php

declare(strict_types=1);

namespace Purser;

/** What Client sends by; give it another to test without a network. */
interface Transport
{
    /**
     * @param float $timeout seconds, from the connection to the last byte
     * @throws Exception\ConnectionFailed|Exception\RequestTimeout|Exception\UnexpectedAnswer
     */
    public function send(Request $request, float $timeout): Response;
}
