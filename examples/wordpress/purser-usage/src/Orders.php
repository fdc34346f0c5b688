<?php

declare(strict_types=1);

namespace PurserUsage;

use Automattic\WooCommerce\Utilities\FeaturesUtil;
use WC_Order;

defined('ABSPATH') || exit;

/** An order was paid: it is noted on the order, and the usage is asked for anew. */
final class Orders
{
    public const PAID_AT = '_purser_paid_at';

    public static function register(): void
    {
        add_action('woocommerce_payment_complete', [self::class, 'paid']);
        add_action('before_woocommerce_init', [self::class, 'declareStorage']);
    }

    /** Orders are read and written by WooCommerce's own methods, wherever they are stored. */
    public static function declareStorage(): void
    {
        if (class_exists(FeaturesUtil::class)) {
            FeaturesUtil::declare_compatibility('custom_order_tables', dirname(__DIR__) . '/purser-usage.php', true);
        }
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
