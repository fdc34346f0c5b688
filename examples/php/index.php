<?php

// At most five tries to log in from an address within a minute: one SQL call, by PDO.

declare(strict_types=1);

require __DIR__ . '/page.php';

$who = $_SERVER['REMOTE_ADDR'];
try {
    $shop = new PDO(getenv('SHOP_DSN'), getenv('SHOP_USER'), getenv('SHOP_PASSWORD'), [
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_TIMEOUT => 2,
    ]);
    $limit = $shop->prepare("SELECT purser_rate_limit(?, '/login', 5, 60), purser_rate_limit_headers(?, '/login', 5, 60)");
    $limit->execute([$who, $who]);
    [$admitted, $headers] = $limit->fetch(PDO::FETCH_NUM);
} catch (PDOException $error) {
    unavailable($error);
}
answer((bool) $admitted, $headers);
