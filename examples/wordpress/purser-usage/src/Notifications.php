<?php

declare(strict_types=1);

namespace PurserUsage;

use InvalidArgumentException;
use Purser\WebhookVerifier;
use WC_Order;
use WP_REST_Request;
use WP_REST_Response;

defined('ABSPATH') || exit;

/**
 * POST /wp-json/purser-usage/v1/paychangu: PayChangu says that a payment came. Its signature is looked at before anything else,
 * and what it says is held against the order: who has paid another amount has not paid this order. The checkout gives PayChangu
 * the order's key as tx_ref; the filter purser_usage_order finds orders otherwise.
 */
final class Notifications
{
    public static function register(): void
    {
        add_action('rest_api_init', [self::class, 'routes']);
    }

    public static function routes(): void
    {
        register_rest_route('purser-usage/v1', '/paychangu', [
            'methods' => 'POST',
            'callback' => [self::class, 'receive'],
            'permission_callback' => '__return_true', // the gateway has no account here: its signature is its permission
        ]);
    }

    public static function receive(WP_REST_Request $request): WP_REST_Response
    {
        $secrets = Settings::webhookSecrets('paychangu');
        $body = $request->get_body(); // as it came: the signature is over its bytes
        try {
            $genuine = (new WebhookVerifier('paychangu', $secrets))->verify($request->get_header('signature'), $body);
        } catch (InvalidArgumentException) {
            return self::answer(500, 'not set up'); // no verdict: PayChangu sends it again
        }
        if (!$genuine) {
            return self::answer(400, 'not signed');
        }
        $event = json_decode($body, true);
        $reference = is_array($event) ? ($event['tx_ref'] ?? '') : '';
        if (!is_string($reference) || $reference === '') {
            return self::answer(200, 'of no order');
        }
        return self::locked($reference, static fn (): WP_REST_Response => self::book($event, $reference));
    }

    /** @param array<string, mixed> $event */
    private static function book(array $event, string $reference): WP_REST_Response
    {
        $order = apply_filters('purser_usage_order', wc_get_order(wc_get_order_id_by_order_key($reference)), $reference);
        if (!$order instanceof WC_Order) {
            return self::answer(200, 'of no order');
        }
        if ($order->is_paid()) {
            return self::answer(200, 'known'); // it may come twice, and is booked once
        }
        if (($event['status'] ?? '') !== 'success') {
            return self::answer(200, 'not paid');
        }
        if (!self::fits($event, $order)) {
            $order->update_status('on-hold', __('PayChangu was paid another amount or currency than this order has.', 'purser-usage'));
            return self::answer(200, 'held');
        }
        $order->payment_complete(sanitize_text_field((string) ($event['reference'] ?? $reference)));
        return self::answer(200, 'booked');
    }

    /** @param array<string, mixed> $event */
    private static function fits(array $event, WC_Order $order): bool
    {
        $paid = $event['amount'] ?? null;
        return (is_int($paid) || is_float($paid) || (is_string($paid) && is_numeric($paid)))
            && wc_format_decimal((string) $paid, 2) === wc_format_decimal($order->get_total(), 2)
            && ($event['currency'] ?? '') === $order->get_currency();
    }

    /** The same notification may come twice at the same time. */
    private static function locked(string $reference, callable $work): WP_REST_Response
    {
        global $wpdb;
        $name = 'purser_usage_' . md5($reference);
        if ((string) $wpdb->get_var($wpdb->prepare('SELECT GET_LOCK(%s, 5)', $name)) !== '1') {
            return self::answer(503, 'busy');
        }
        try {
            return $work();
        } finally {
            $wpdb->query($wpdb->prepare('SELECT RELEASE_LOCK(%s)', $name));
        }
    }

    private static function answer(int $status, string $what): WP_REST_Response
    {
        return new WP_REST_Response(['result' => $what], $status);
    }
}
