<?php
// What Purser replaces: a script that holds both sides in arrays and looks for each order in all records.
// php nested_loop.php N: prints the seconds for N orders against N records.
$n = (int) ($argv[1] ?? 10000);
$orders = $records = [];
for ($i = 0; $i < $n; $i++) {
    $orders[] = ['ref' => sprintf('ORD-%010d', $i), 'amount' => 10 + $i % 1000];
    $records[] = ['ref' => sprintf('ORD-%010d', $n - 1 - $i), 'amount' => 10 + ($n - 1 - $i) % 1000];
}
$begin = microtime(true);
$matched = 0;
foreach ($orders as $order) {
    foreach ($records as $record) {
        if ($record['ref'] === $order['ref']) {
            if (abs($record['amount'] - $order['amount']) <= 0.01) {
                $matched++;
            }
            break;
        }
    }
}
printf("%.3f %d\n", microtime(true) - $begin, $matched);
