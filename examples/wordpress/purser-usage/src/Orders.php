<?php

declare(strict_types=1);

namespace PurserUsage;

use WC_Order;

defined('ABSPATH') || exit;

/** An order was paid: it is noted on the order, and the usage is asked for anew. */
final class Orders
{
    public const PAID_AT = '_purser_paid_at';

    public static function register(): void
    {
        add_action('woocommerce_payment_complete', [self::class, 'paid']);
    }

    public static function paid(int $orderId): void
    {
        $order = wc_get_order($orderId);
        if (!$order instanceof WC_Order || $order->get_meta(self::PAID_AT) !== '') {
            return;
        }
        $order->update_meta_data(self::PAID_AT, gmdate('Y-m-d\TH:i:s\Z'));
        $order->save();
        Usage::refreshSoon();
    }
}
