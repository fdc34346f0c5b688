<?php

declare(strict_types=1);

namespace PurserUsage;

use Purser\Client;

defined('ABSPATH') || exit;

/** What wp-config.php says. Secrets are there and not in the database, which is copied, exported and read by every plugin. */
final class Settings
{
    /** null where the plugin is not set up. */
    public static function client(): ?Client
    {
        foreach (['PURSER_API_URL', 'PURSER_API_KEY', 'PURSER_API_SECRET'] as $name) {
            if (!defined($name)) {
                return null;
            }
        }
        if (!class_exists(Client::class)) {
            return null;
        }
        return new Client(constant('PURSER_API_URL'), constant('PURSER_API_KEY'), constant('PURSER_API_SECRET'), timeout: 5, retries: 1);
    }

    /** @return list<string> of a gateway, the newest first; empty where there are none */
    public static function webhookSecrets(string $gateway): array
    {
        $all = defined('PURSER_WEBHOOK_SECRETS') ? constant('PURSER_WEBHOOK_SECRETS') : [];
        return array_values((array) ($all[$gateway] ?? []));
    }
}
