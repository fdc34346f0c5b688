<?php

declare(strict_types=1);

// The plugin is deleted: what it kept goes as well. The notes on orders (_purser_paid_at) are the shop's, and stay.

defined('WP_UNINSTALL_PLUGIN') || exit;

delete_option('purser_usage_last');
