<?php

declare(strict_types=1);

namespace PurserUsage;

use InvalidArgumentException;
use Purser\Exception\PurserError;

defined('ABSPATH') || exit;

/**
 * What the API answered last, kept in an option: pages show that, and only WP-Cron and the button ask. A checkout, or a page
 * of the admin, never waits for another server.
 */
final class Usage
{
    public const OPTION = 'purser_usage_last';
    public const EVENT = 'purser_usage_refresh';

    public static function register(): void
    {
        add_action(self::EVENT, [self::class, 'refresh']);
        add_action('init', [self::class, 'schedule']);
    }

    public static function schedule(): void
    {
        if (!wp_next_scheduled(self::EVENT)) {
            wp_schedule_event(time() + HOUR_IN_SECONDS, 'hourly', self::EVENT);
        }
    }

    /** The plugin is switched off. */
    public static function stop(): void
    {
        wp_clear_scheduled_hook(self::EVENT);
    }

    /** In a minute, once for however many orders: WordPress drops an event that is due within ten minutes already. */
    public static function refreshSoon(): void
    {
        wp_schedule_single_event(time() + MINUTE_IN_SECONDS, self::EVENT);
    }

    /** Asks, and keeps the answer; where there is none, keeps what there was, and why. */
    public static function refresh(): bool
    {
        $last = self::last();
        try {
            $client = Settings::client();
            if ($client === null) {
                return false;
            }
            $last = ['usage' => $client->usage(), 'asked_at' => time(), 'error' => ''];
        } catch (PurserError | InvalidArgumentException $error) {
            $last['error'] = $error->getMessage(); // never a secret
        }
        update_option(self::OPTION, $last, false);
        return $last['error'] === '';
    }

    /** @return array{usage: ?array<string, mixed>, asked_at: int, error: string} */
    public static function last(): array
    {
        $last = get_option(self::OPTION);
        return (is_array($last) ? $last : []) + ['usage' => null, 'asked_at' => 0, 'error' => ''];
    }
}
