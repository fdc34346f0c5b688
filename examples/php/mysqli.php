<?php

// At most five tries to log in from an address within a minute: one SQL call, by mysqli.

declare(strict_types=1);

require __DIR__ . '/page.php';

$who = $_SERVER['REMOTE_ADDR'];
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
try {
    $shop = mysqli_init();
    $shop->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
    $shop->real_connect('localhost', getenv('SHOP_USER'), getenv('SHOP_PASSWORD'), null, 0, getenv('SHOP_SOCKET'));
    $shop->set_charset('utf8mb4');
    $limit = $shop->prepare("SELECT purser_rate_limit(?, '/login', 5, 60), purser_rate_limit_headers(?, '/login', 5, 60)");
    $limit->bind_param('ss', $who, $who);
    $limit->execute();
    [$admitted, $headers] = $limit->get_result()->fetch_row();
} catch (mysqli_sql_exception $error) {
    unavailable($error);
}
answer((bool) $admitted, $headers);
