<?php

// What index.php and mysqli.php answer.

declare(strict_types=1);

if (realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    http_response_code(404);
    exit;
}

/** @param string $headers the JSON object of purser_rate_limit_headers() */
function answer(bool $admitted, string $headers): void
{
    foreach (json_decode($headers, true, 2, JSON_THROW_ON_ERROR) as $name => $value) {
        if ($name !== 'Retry-After' || !$admitted) { // the last one that is admitted need not wait for it
            header("$name: $value");
        }
    }
    header('Content-Type: text/plain; charset=utf-8');
    if (!$admitted) {
        http_response_code(429);
        echo "Too many tries. Wait a moment.\n";
        return;
    }
    echo "Here the password would be checked.\n";
}

function unavailable(Exception $error): never
{
    error_log($error->getMessage());
    http_response_code(503);
    header('Retry-After: 5');
    header('Content-Type: text/plain; charset=utf-8');
    echo "Not now. Try again in a moment.\n";
    exit;
}
