<?php
/**
 * Plugin Name:       Purser usage for WooCommerce
 * Description:       Shows what the shop has used of its Purser package, and books payments whose notification is signed.
 * Version:           0.1.0
 * Requires at least: 6.0
 * Requires PHP:      8.1
 * Requires Plugins:  woocommerce
 * License:           GPL-2.0-only
 * Text Domain:       purser-usage
 *
 * @package PurserUsage
 */

declare(strict_types=1);

defined('ABSPATH') || exit;

// Purser's package for PHP: by Composer, as a copy beside this file (sdk/), or where it lies in Purser's own tree.
if (!class_exists(Purser\Client::class)) {
    foreach ([__DIR__ . '/sdk/autoload.php', dirname(__DIR__, 3) . '/clients/php/autoload.php'] as $purser_usage_file) {
        if (is_file($purser_usage_file)) {
            require_once $purser_usage_file;
            break;
        }
    }
}
foreach (['Settings', 'Usage', 'Orders', 'Notifications', 'AdminPage'] as $purser_usage_file) {
    require_once __DIR__ . "/src/$purser_usage_file.php";
}

PurserUsage\Usage::register();
PurserUsage\Orders::register();
PurserUsage\Notifications::register();
PurserUsage\AdminPage::register();

register_deactivation_hook(__FILE__, [PurserUsage\Usage::class, 'stop']);
