<?php

// Of WordPress and WooCommerce what the plugin calls, as their references describe it; state is in $GLOBALS['wp'].

declare(strict_types=1);

define('ABSPATH', __DIR__ . '/');
define('HOUR_IN_SECONDS', 3600);
define('MINUTE_IN_SECONDS', 60);

final class Stopped extends Exception // wp_die() and what is after a redirect
{
}

$GLOBALS['wp'] = ['hooks' => [], 'options' => [], 'events' => [], 'routes' => [], 'pages' => [], 'rights' => [], 'orders' => [], 'locks' => []];

function add_action(string $hook, callable $call, int $priority = 10, int $arguments = 1): bool
{
    $GLOBALS['wp']['hooks'][$hook][] = $call;
    return true;
}

function do_action(string $hook, mixed ...$arguments): void
{
    foreach ($GLOBALS['wp']['hooks'][$hook] ?? [] as $call) {
        $call(...$arguments);
    }
}

function add_filter(string $hook, callable $call): bool
{
    return add_action($hook, $call);
}

function apply_filters(string $hook, mixed $value, mixed ...$more): mixed
{
    foreach ($GLOBALS['wp']['hooks'][$hook] ?? [] as $call) {
        $value = $call($value, ...$more);
    }
    return $value;
}

function get_option(string $name, mixed $default = false): mixed
{
    return $GLOBALS['wp']['options'][$name] ?? $default;
}

function update_option(string $name, mixed $value, ?bool $autoload = null): bool
{
    $GLOBALS['wp']['options'][$name] = $value;
    return true;
}

function wp_next_scheduled(string $hook): int|false
{
    return $GLOBALS['wp']['events'][$hook][0] ?? false;
}

function wp_schedule_event(int $time, string $every, string $hook): bool
{
    $GLOBALS['wp']['events'][$hook][] = $time;
    return true;
}

function wp_clear_scheduled_hook(string $hook): int
{
    unset($GLOBALS['wp']['events'][$hook]);
    return 1;
}

function register_deactivation_hook(string $file, callable $call): void
{
    is_file($file) || throw new LogicException("no plugin: $file");
    add_action('deactivate', $call);
}

function delete_option(string $name): bool
{
    unset($GLOBALS['wp']['options'][$name]);
    return true;
}

function wp_schedule_single_event(int $time, string $hook): bool
{
    foreach ($GLOBALS['wp']['events'][$hook] ?? [] as $due) {
        if (abs($due - $time) <= 600) {
            return false;
        }
    }
    $GLOBALS['wp']['events'][$hook][] = $time;
    return true;
}

function add_submenu_page(string $parent, string $title, string $menu, string $right, string $slug, callable $show): string
{
    $GLOBALS['wp']['pages'][$slug] = [$right, $show];
    return $slug;
}

function register_rest_route(string $space, string $route, array $options): bool
{
    $GLOBALS['wp']['routes']["/$space$route"] = $options;
    return true;
}

function __return_true(): bool
{
    return true;
}

function current_user_can(string $right): bool
{
    return in_array($right, $GLOBALS['wp']['rights'], true);
}

function wp_die(string $message = '', string $title = '', array $options = []): never
{
    throw new Stopped("$message ({$options['response']})");
}

function wp_create_nonce(string $action): string
{
    return substr(md5("nonce $action"), 0, 10);
}

function wp_nonce_field(string $action): void
{
    echo '<input type="hidden" name="_wpnonce" value="', wp_create_nonce($action), '">';
}

function check_admin_referer(string $action): int
{
    return hash_equals(wp_create_nonce($action), $_REQUEST['_wpnonce'] ?? '') ? 1 : wp_die('The link you followed has expired.', '', ['response' => 403]);
}

function wp_safe_redirect(string $to): never
{
    throw new Stopped("Location: $to"); // exit comes next
}

function admin_url(string $path): string
{
    return "https://shop.example/wp-admin/$path";
}

function esc_html(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES);
}

function esc_attr(string $text): string
{
    return htmlspecialchars($text, ENT_QUOTES);
}

function esc_url(string $url): string
{
    return preg_match('#^https?://#', $url) === 1 ? htmlspecialchars($url, ENT_QUOTES) : '';
}

function __(string $text, string $domain): string
{
    return $domain === 'purser-usage' ? $text : throw new LogicException("the text domain is not $domain");
}

function esc_html__(string $text, string $domain): string
{
    return esc_html(__($text, $domain));
}

function number_format_i18n(float $number, int $decimals = 0): string
{
    return number_format($number, $decimals);
}

function wp_date(string $format, int $time): string
{
    return gmdate($format, $time);
}

function sanitize_text_field(string $text): string
{
    return trim(strip_tags($text));
}

function wc_format_decimal(string $number, int $decimals): string
{
    return number_format((float) $number, $decimals, '.', '');
}

function wc_get_order(int $id): WC_Order|false
{
    return $GLOBALS['wp']['orders'][$id] ?? false;
}

function wc_get_order_id_by_order_key(string $key): int
{
    foreach ($GLOBALS['wp']['orders'] as $id => $order) {
        if ($order->key === $key) {
            return $id;
        }
    }
    return 0;
}

final class WC_Order
{
    public string $status = 'pending';
    public int $completed = 0;
    public int $saved = 0;
    public string $transaction = '';
    public array $notes = [];
    private array $meta = [];

    public function __construct(public readonly int $id, public readonly string $key, private readonly string $total, private readonly string $currency)
    {
        $GLOBALS['wp']['orders'][$id] = $this;
    }

    public function get_meta(string $name): string
    {
        return $this->meta[$name] ?? '';
    }

    public function update_meta_data(string $name, string $value): void
    {
        $this->meta[$name] = $value;
    }

    public function save(): int
    {
        $this->saved++;
        return $this->id;
    }

    public function get_total(): string
    {
        return $this->total;
    }

    public function get_currency(): string
    {
        return $this->currency;
    }

    public function is_paid(): bool
    {
        return in_array($this->status, ['processing', 'completed'], true);
    }

    public function update_status(string $status, string $note = ''): bool
    {
        $this->status = $status;
        $this->notes[] = $note;
        return true;
    }

    public function payment_complete(string $transaction = ''): bool
    {
        $this->completed++;
        $this->transaction = $transaction;
        $this->status = 'processing';
        do_action('woocommerce_payment_complete', $this->id);
        return true;
    }
}

final class WP_REST_Request
{
    public function __construct(private readonly array $headers, private readonly string $body)
    {
    }

    public function get_body(): string
    {
        return $this->body;
    }

    public function get_header(string $name): ?string
    {
        return array_change_key_case($this->headers)[strtolower($name)] ?? null;
    }
}

final class WP_REST_Response
{
    public function __construct(public readonly array $data, public readonly int $status = 200)
    {
    }
}

final class FakeWpdb
{
    public function prepare(string $sql, string ...$values): string
    {
        return vsprintf(str_replace('%s', "'%s'", $sql), array_map('addslashes', $values));
    }

    public function get_var(string $sql): ?string
    {
        preg_match("/\ASELECT GET_LOCK\('([^']{1,64})', 5\)\z/", $sql, $found) === 1 || throw new LogicException("another statement: $sql");
        if (isset($GLOBALS['wp']['locks'][$found[1]])) {
            return '0';
        }
        $GLOBALS['wp']['locks'][$found[1]] = true;
        return '1';
    }

    public function query(string $sql): int
    {
        preg_match("/\ASELECT RELEASE_LOCK\('([^']{1,64})'\)\z/", $sql, $found) === 1 || throw new LogicException("another statement: $sql");
        unset($GLOBALS['wp']['locks'][$found[1]]);
        return 1;
    }
}

$GLOBALS['wpdb'] = new FakeWpdb();
