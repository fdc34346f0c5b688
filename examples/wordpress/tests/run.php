<?php

// php tests/run.php: the plugin with stubs of WordPress and WooCommerce; with PURSER_API_URL, …_KEY and …_SECRET in the environment the
// usage is that of a real server, else there is none.

declare(strict_types=1);

error_reporting(E_ALL);
set_error_handler(static function (int $level, string $message, string $file, int $line): never {
    throw new ErrorException($message, 0, $level, $file, $line);
});
const SECRET = 'whsec_new';
require __DIR__ . '/stubs.php';
$live = getenv('PURSER_API_URL') !== false;
define('PURSER_API_URL', $live ? getenv('PURSER_API_URL') : 'http://127.0.0.1:9');
define('PURSER_API_KEY', $live ? getenv('PURSER_API_KEY') : 'pk_aaaaaaaaaaaaaaaaaaaaaaaa');
define('PURSER_API_SECRET', $live ? getenv('PURSER_API_SECRET') : 'sk_none');
define('PURSER_WEBHOOK_SECRETS', ['paychangu' => [SECRET, 'whsec_old']]);
require __DIR__ . '/../purser-usage/purser-usage.php';

$failed = 0;
function check(string $what, bool $holds): void
{
    global $failed;
    $failed += $holds ? 0 : 1;
    echo $holds ? 'ok' : 'not ok', " - $what\n";
}

/** What is printed; what wp_die() or a redirect said is the last line. */
function shown(callable $call): string
{
    ob_start();
    try {
        $call();
    } catch (Stopped $stopped) {
        echo "\n", $stopped->getMessage();
    } finally {
        $text = (string) ob_get_clean();
    }
    return $text;
}

/** @param array<string, mixed> $change */
function usage(array $change = []): array
{
    return $change + [
        'client_id' => 1, 'name' => 'Zoë', 'month' => '2026-11', 'package' => '<script>alert(1)</script>', 'currency' => 'GBP',
        'volume' => ['used' => '1234.5000', 'limit' => '2000.0000', 'percent' => 61.73],
        'transactions' => ['used' => 17, 'limit' => null, 'percent' => null],
        'thresholds' => [['threshold' => 80, 'type' => 'warning', 'reached' => false, 'reached_at' => null]],
        'alerts' => [['threshold' => 50, 'type' => '"><b>', 'sent_at' => '2026-11-03T10:00:00.000000Z']],
        'allowed' => true, 'hard_stop' => true, 'status' => 'active',
    ];
}

function keep(array $usage): void
{
    update_option('purser_usage_last', ['usage' => $usage, 'asked_at' => 1_800_000_000, 'error' => '']);
}

function notified(string $body, ?string $signature = null): WP_REST_Response
{
    $route = $GLOBALS['wp']['routes']['/purser-usage/v1/paychangu'];
    return $route['callback'](new WP_REST_Request(['Signature' => $signature ?? hash_hmac('sha256', $body, SECRET)], $body));
}

function paid(string $key, mixed $amount = 100, string $currency = 'MWK', string $status = 'success'): string
{
    return json_encode(['event_type' => 'checkout.payment', 'currency' => $currency, 'amount' => $amount, 'status' => $status,
        'reference' => '66806395246', 'tx_ref' => $key], JSON_THROW_ON_ERROR);
}

// ---- what it hooks into
do_action('init');
do_action('init');
do_action('admin_menu');
do_action('rest_api_init');
check('the usage is asked for hourly, and scheduled once', count($GLOBALS['wp']['events']['purser_usage_refresh']) === 1);
[$right, $show] = $GLOBALS['wp']['pages']['purser-usage'];
check('the page is for who manages the shop', $right === 'manage_woocommerce');

// ---- the page
check('nobody else sees it', str_contains(shown($show), '(403)') && shown(static fn () => do_action('admin_notices')) === '');
$GLOBALS['wp']['rights'] = ['manage_woocommerce'];
check('before the first answer there is a button and no table', !str_contains(shown($show), '<table') && str_contains(shown($show), '<button'));
keep(usage());
$page = shown($show);
check('it shows what was used of the limit', str_contains($page, '1234.5000 of 2000.0000 (61.7 %) GBP') && str_contains($page, '17, no limit'));
check('it shows the alerts', str_contains($page, '50 %, 2026-11-03T10:00:00.000000Z'));
check('all is escaped', str_contains($page, '&lt;script&gt;') && !str_contains($page, '<script') && !str_contains($page, '<b>'));
check('its form has a nonce', str_contains($page, 'name="_wpnonce" value="' . wp_create_nonce('purser_usage_refresh_now') . '"'));
check('it holds no secret', !str_contains($page, PURSER_API_SECRET) && !str_contains(serialize($GLOBALS['wp']['options']), PURSER_API_SECRET));

// ---- notices
$notice = static fn (): string => shown(static fn () => do_action('admin_notices'));
check('no notice where all is well', $notice() === '');
keep(usage(['thresholds' => [['threshold' => 50, 'reached' => true]]]));
check('a warning where a threshold is reached', str_contains($notice(), 'notice-warning') && str_contains($notice(), '61.7 %'));
keep(usage(['allowed' => false]));
check('an error where payments are stopped', str_contains($notice(), 'notice-error'));

// ---- the button
$press = static fn (): string => shown(static fn () => do_action('admin_post_purser_usage_refresh_now'));
$_REQUEST = [];
check('without a nonce nothing is asked', str_contains($press(), 'expired') && get_option('purser_usage_last')['error'] === '');
$_REQUEST = ['_wpnonce' => wp_create_nonce('something else')];
check('nor with another one', str_contains($press(), 'expired'));
$GLOBALS['wp']['rights'] = ['edit_posts'];
$_REQUEST = ['_wpnonce' => wp_create_nonce('purser_usage_refresh_now')];
check('nor by somebody else', str_contains($press(), '(403)'));
$GLOBALS['wp']['rights'] = ['manage_woocommerce'];
check('then the page comes again', str_contains($press(), 'Location: https://shop.example/wp-admin/admin.php?page=purser-usage'));
$last = get_option('purser_usage_last');
if ($live) {
    check('the usage of the server is there', $last['error'] === '' && $last['usage']['month'] !== '' && $last['asked_at'] >= time() - 60);
    check('and shown', str_contains(shown($show), esc_html($last['usage']['volume']['used'])));
} else {
    check('no answer: what there was stays, with the reason', $last['usage']['allowed'] === false && $last['error'] !== '');
    check('and it is shown', str_contains(shown($show), 'The last try failed'));
}

// ---- an order is paid
$order = new WC_Order(7, 'wc_order_7', '100.00', 'MWK');
$GLOBALS['wp']['events'] = [];
do_action('woocommerce_payment_complete', 7);
do_action('woocommerce_payment_complete', 7);
do_action('woocommerce_payment_complete', 8);
check('it is noted on the order, once', preg_match('/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\z/', $order->get_meta('_purser_paid_at')) === 1 && $order->saved === 1);
check('and the usage is asked for soon', count($GLOBALS['wp']['events']['purser_usage_refresh']) === 1);

// ---- notifications
$order = new WC_Order(9, 'wc_order_9', '100.00', 'MWK');
foreach (['' => '', 'another secret' => hash_hmac('sha256', paid('wc_order_9'), 'guessed'), 'the secret' => SECRET] as $what => $signature) {
    check("not signed ($what): 400", notified(paid('wc_order_9'), $signature)->status === 400 && $order->completed === 0);
}
check('another body: 400', notified(paid('wc_order_9'), hash_hmac('sha256', paid('wc_order_7'), SECRET))->status === 400);
check('a payment that failed books nothing', notified(paid('wc_order_9', status: 'failed'))->data === ['result' => 'not paid'] && $order->completed === 0);
check('signed: the order is paid', notified(paid('wc_order_9'))->data === ['result' => 'booked'] && $order->transaction === '66806395246');
check('it comes again: it is booked once', notified(paid('wc_order_9'))->data === ['result' => 'known'] && $order->completed === 1);
check('which is noted', $order->get_meta('_purser_paid_at') !== '');
$order = new WC_Order(10, 'wc_order_10', '100.00', 'MWK');
check('the old secret will do', notified(paid('wc_order_10', '100.00'), hash_hmac('sha256', paid('wc_order_10', '100.00'), 'whsec_old'))->data === ['result' => 'booked']);
foreach ([[1, 'MWK'], [100, 'GBP'], [null, 'MWK'], ['1e2x', 'MWK'], [[100], 'MWK']] as $n => [$amount, $currency]) {
    $order = new WC_Order(20 + $n, "wc_order_2$n", '100.00', 'MWK');
    $answer = notified(paid("wc_order_2$n", $amount, $currency));
    check('another amount or currency: on hold ' . json_encode([$amount, $currency]), $answer->data === ['result' => 'held'] && $order->status === 'on-hold' && $order->completed === 0);
}
foreach (['', '[]', '{"tx_ref":5}', '{"tx_ref":"nobody\'s"}', 'no JSON', "\xff"] as $body) {
    check('signed, and of no order: 200', notified($body)->status === 200);
}
$order = new WC_Order(11, 'wc_order_11', '5.00', 'GBP');
add_filter('purser_usage_order', static fn ($found, string $reference) => $reference === 'INV-11' ? wc_get_order(11) : $found);
check('orders may be found by another reference', notified(paid('INV-11', 5, 'GBP'))->data === ['result' => 'booked'] && $order->completed === 1);
check('all locks are released', $GLOBALS['wp']['locks'] === []);
$GLOBALS['wp']['locks']['purser_usage_' . md5('wc_order_7')] = true;
check('another request is at it: 503', notified(paid('wc_order_7'))->status === 503);

// ---- it goes
do_action('before_woocommerce_init');
do_action('deactivate');
check('switched off it asks no more', !isset($GLOBALS['wp']['events']['purser_usage_refresh']));
define('WP_UNINSTALL_PLUGIN', true);
require __DIR__ . '/../purser-usage/uninstall.php';
check('deleted it leaves no option', get_option('purser_usage_last') === false);
exit($failed > 0 ? 1 : 0);
