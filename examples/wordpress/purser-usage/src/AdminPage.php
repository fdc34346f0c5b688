<?php

declare(strict_types=1);

namespace PurserUsage;

defined('ABSPATH') || exit;

/** WooCommerce › Purser usage, and a notice where payments are stopped or a threshold is reached. */
final class AdminPage
{
    private const SLUG = 'purser-usage';
    private const ACTION = 'purser_usage_refresh_now';
    private const RIGHT = 'manage_woocommerce';

    public static function register(): void
    {
        add_action('admin_menu', [self::class, 'menu']);
        add_action('admin_notices', [self::class, 'notice']);
        add_action('admin_post_' . self::ACTION, [self::class, 'refreshNow']);
    }

    public static function menu(): void
    {
        add_submenu_page(
            'woocommerce',
            __('Purser usage', 'purser-usage'),
            __('Purser usage', 'purser-usage'),
            self::RIGHT,
            self::SLUG,
            [self::class, 'show'],
        );
    }

    /** The button. */
    public static function refreshNow(): void
    {
        if (!current_user_can(self::RIGHT)) {
            wp_die(esc_html__('You may not do that.', 'purser-usage'), '', ['response' => 403]);
        }
        check_admin_referer(self::ACTION);
        Usage::refresh();
        wp_safe_redirect(admin_url('admin.php?page=' . self::SLUG));
        exit;
    }

    public static function notice(): void
    {
        $usage = Usage::last()['usage'];
        if (!current_user_can(self::RIGHT) || !is_array($usage)) {
            return;
        }
        $percent = self::percent($usage);
        $reached = array_filter((array) ($usage['thresholds'] ?? []), static fn ($one): bool => is_array($one) && !empty($one['reached']));
        if (empty($usage['allowed'])) {
            $class = 'notice notice-error';
            $text = __('Purser: the package of this month is used up, or the account is not active. Payments are stopped.', 'purser-usage');
        } elseif ($reached !== []) {
            $class = 'notice notice-warning';
            /* translators: %s: a percentage */
            $text = sprintf(__("Purser: %s %% of this month's package is used.", 'purser-usage'), number_format_i18n($percent, 1));
        } else {
            return;
        }
        printf('<div class="%s"><p>%s</p></div>', esc_attr($class), esc_html($text));
    }

    public static function show(): void
    {
        if (!current_user_can(self::RIGHT)) {
            wp_die(esc_html__('You may not see that.', 'purser-usage'), '', ['response' => 403]);
        }
        $last = Usage::last();
        echo '<div class="wrap"><h1>', esc_html__('Purser usage', 'purser-usage'), '</h1>';
        if (Settings::client() === null) {
            echo '<p>', esc_html__('Set PURSER_API_URL, PURSER_API_KEY and PURSER_API_SECRET in wp-config.php.', 'purser-usage'), '</p></div>';
            return;
        }
        if ($last['error'] !== '') {
            /* translators: %s: an error */
            printf('<div class="notice notice-error inline"><p>%s</p></div>', esc_html(sprintf(__('The last try failed: %s', 'purser-usage'), $last['error'])));
        }
        if (is_array($last['usage'])) {
            self::showUsage($last['usage'], $last['asked_at']);
        }
        self::showButton();
        echo '</div>';
    }

    /** @param array<string, mixed> $usage */
    private static function showUsage(array $usage, int $askedAt): void
    {
        $volume = $usage['volume'];
        $count = $usage['transactions'];
        $rows = [
            [__('Month', 'purser-usage'), $usage['month']],
            [__('Package', 'purser-usage'), $usage['package']],
            [__('Volume', 'purser-usage'), self::ofLimit($volume) . ' ' . $usage['currency']],
            [__('Transactions', 'purser-usage'), self::ofLimit($count)],
            [__('Payments', 'purser-usage'), $usage['allowed'] ? __('allowed', 'purser-usage') : __('stopped', 'purser-usage')],
            [__('As of', 'purser-usage'), wp_date('Y-m-d H:i', $askedAt)],
        ];
        foreach ($usage['alerts'] as $alert) {
            $rows[] = [__('Alert', 'purser-usage'), sprintf('%s %%, %s', $alert['threshold'], $alert['sent_at'] ?? '')];
        }
        echo '<table class="widefat striped"><tbody>';
        foreach ($rows as [$name, $value]) {
            printf('<tr><th scope="row">%s</th><td>%s</td></tr>', esc_html((string) $name), esc_html((string) $value));
        }
        echo '</tbody></table>';
    }

    private static function showButton(): void
    {
        printf('<form method="post" action="%s">', esc_url(admin_url('admin-post.php')));
        printf('<input type="hidden" name="action" value="%s">', esc_attr(self::ACTION));
        wp_nonce_field(self::ACTION);
        printf('<p><button class="button button-primary">%s</button></p></form>', esc_html__('Ask now', 'purser-usage'));
    }

    /** @param array<string, mixed> $use */
    private static function ofLimit(array $use): string
    {
        if ($use['limit'] === null) {
            /* translators: %s: an amount */
            return sprintf(__('%s, no limit', 'purser-usage'), $use['used']);
        }
        /* translators: 1: an amount, 2: its limit, 3: a percentage */
        return sprintf(__('%1$s of %2$s (%3$s %%)', 'purser-usage'), $use['used'], $use['limit'], number_format_i18n((float) $use['percent'], 1));
    }

    /** @param array<string, mixed> $usage */
    private static function percent(array $usage): float
    {
        return max((float) ($usage['volume']['percent'] ?? 0), (float) ($usage['transactions']['percent'] ?? 0));
    }
}
