/* setting_rules.c - see setting_rules.h. */
#include "setting_rules.h"

#include <string.h>

#include "http/cors.h"
#include "http_client.h"
#include "mail.h"
#include "peers/list.h"
#include "ratestore/target.h"
#include "settings.h"

static int judge_path(const char *text, struct error *err)
{
    return *text == '/' ? 0
                        : error_set(err, ERROR_INPUT, "give the whole path, beginning with '/'");
}

static int judge_address(const char *text, struct error *err)
{
    return mail_check_address(text, strlen(text), err);
}

static int judge_recipients(const char *text, struct error *err)
{
    struct mail_recipients to;

    return mail_parse_recipients(text, &to, err);
}

static const struct rule {
    const char *name;
    int (*judge)(const char *text, struct error *err);
    size_t size; /* the longest text and a NUL */
} rules[] = {
    {"secrets_file", judge_path, SETTINGS_PATH_SIZE},
    {"audit_checkpoint_file", judge_path, SETTINGS_PATH_SIZE},
    {"audit_checkpoint_mail", judge_recipients, SETTINGS_PATH_SIZE},
    {"audit_checkpoint_url", http_check_url, SETTINGS_PATH_SIZE},
    {"audit_checkpoint_ca_file", judge_path, SETTINGS_PATH_SIZE},
    {"mail_ca_file", judge_path, SETTINGS_PATH_SIZE},
    {"alert_ca_file", judge_path, SETTINGS_PATH_SIZE},
    {"mail_url", mail_check_url, SETTINGS_PATH_SIZE},
    {"mail_from", judge_address, SETTINGS_ADDRESS_SIZE},
    {"http_cors_origin", cors_check_origin, SETTINGS_ADDRESS_SIZE},
    {"http_tls_cert", judge_path, SETTINGS_PATH_SIZE},
    {"http_tls_key", judge_path, SETTINGS_PATH_SIZE},
    {"http_token_file", judge_path, SETTINGS_PATH_SIZE},
    {"rate_limit_peers", peer_list_check, SETTINGS_PATH_SIZE},
    {"rate_limit_peer_ca_file", judge_path, SETTINGS_PATH_SIZE},
    {"rate_limit_store", store_target_check, SETTINGS_ADDRESS_SIZE},
};

int setting_rule_obey(const char *name, const char *text, struct error *err)
{
    size_t i;

    for (i = 0; *text && i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (strcmp(rules[i].name, name) != 0)
            continue;
        if (strlen(text) >= rules[i].size)
            error_set(err, ERROR_INPUT, "the value is longer than %zu bytes", rules[i].size - 1);
        else if (rules[i].judge(text, err) == 0)
            return 0;
        return error_prefix(err, "purser_%s: ", name);
    }
    return 0;
}
