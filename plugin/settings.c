/*
  settings.c - see settings.h.

  LOCKING: current and generation are guarded by settings_lock, which is held for a copy only.
*/
#include "settings.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t settings_lock = PTHREAD_MUTEX_INITIALIZER;
static struct settings current;
static unsigned generation;
static bool known; /* are there settings: is the plugin installed? */

void settings_get(struct settings *out)
{
    pthread_mutex_lock(&settings_lock);
    *out = current;
    pthread_mutex_unlock(&settings_lock);
}

void settings_put(const struct settings *in)
{
    pthread_mutex_lock(&settings_lock);
    current = *in;
    known = true;
    generation++;
    pthread_mutex_unlock(&settings_lock);
}

unsigned settings_generation(void)
{
    unsigned value;

    pthread_mutex_lock(&settings_lock);
    value = generation;
    pthread_mutex_unlock(&settings_lock);
    return value;
}

void settings_clear(void)
{
    pthread_mutex_lock(&settings_lock);
    known = false;
    pthread_mutex_unlock(&settings_lock);
}

static int rate_limit_text(const struct settings *s, const char *name, char *out, size_t size)
{
    static const char *const failures[] = {"local", "allow", "deny"};

    if (strcmp(name, "rate_limit_peers") == 0)
        return snprintf(out, size, "%s", s->rate_limit_peers);
    if (strcmp(name, "rate_limit_peer_ca_file") == 0)
        return snprintf(out, size, "%s", s->rate_limit_peer_ca_file);
    if (strcmp(name, "rate_limit_peer_ms") == 0)
        return snprintf(out, size, "%d", s->rate_limit_peer_ms);
    if (strcmp(name, "rate_limit_store") == 0)
        return snprintf(out, size, "%s", s->rate_limit_store);
    if (strcmp(name, "rate_limit_store_timeout_ms") == 0)
        return snprintf(out, size, "%d", s->rate_limit_store_timeout_ms);
    if (strcmp(name, "rate_limit_store_failure") == 0)
        return snprintf(out, size, "%s", failures[s->rate_limit_store_failure]);
    return -1;
}

int settings_text(const char *name, char *out, size_t size)
{
    struct settings s;
    bool there;

    pthread_mutex_lock(&settings_lock);
    s = current;
    there = known;
    pthread_mutex_unlock(&settings_lock);
    if (!there)
        return -1;
    if (strcmp(name, "enabled") == 0)
        return snprintf(out, size, "%s", s.enabled ? "ON" : "OFF");
    if (strcmp(name, "secrets_file") == 0)
        return snprintf(out, size, "%s", s.secrets_file);
    if (strcmp(name, "time_zone") == 0)
        return snprintf(out, size, "%s", s.time_zone);
    if (strcmp(name, "reconcile_at") == 0)
        return snprintf(out, size, "%02d:%02d", s.reconcile_at / 60, s.reconcile_at % 60);
    if (strcmp(name, "reconcile_lookback_days") == 0)
        return snprintf(out, size, "%d", s.lookback_days);
    if (strcmp(name, "pending_sweep_minutes") == 0)
        return snprintf(out, size, "%d", s.sweep_minutes);
    if (strcmp(name, "http_bind") == 0)
        return snprintf(out, size, "%s", s.http_bind);
    if (strcmp(name, "http_port") == 0)
        return snprintf(out, size, "%d", s.http_port);
    if (strcmp(name, "audit_seal_seconds") == 0)
        return snprintf(out, size, "%d", s.audit_seal_seconds);
    if (strcmp(name, "audit_checkpoint_file") == 0)
        return snprintf(out, size, "%s", s.audit_checkpoint_file);
    if (strcmp(name, "audit_checkpoint_mail") == 0)
        return snprintf(out, size, "%s", s.audit_checkpoint_mail);
    if (strcmp(name, "audit_checkpoint_url") == 0)
        return snprintf(out, size, "%s", s.audit_checkpoint_url);
    if (strcmp(name, "audit_checkpoint_minutes") == 0)
        return snprintf(out, size, "%d", s.audit_checkpoint_minutes);
    if (strcmp(name, "audit_checkpoint_ca_file") == 0)
        return snprintf(out, size, "%s", s.audit_checkpoint_ca_file);
    if (strcmp(name, "mail_ca_file") == 0)
        return snprintf(out, size, "%s", s.mail_ca_file);
    if (strcmp(name, "alert_ca_file") == 0)
        return snprintf(out, size, "%s", s.alert_ca_file);
    if (strcmp(name, "mail_url") == 0)
        return snprintf(out, size, "%s", s.mail_url);
    if (strcmp(name, "mail_from") == 0)
        return snprintf(out, size, "%s", s.mail_from);
    if (strcmp(name, "health_interval") == 0)
        return snprintf(out, size, "%d", s.health_interval);
    if (strcmp(name, "http_cors_origin") == 0)
        return snprintf(out, size, "%s", s.http_cors_origin);
    if (strcmp(name, "http_tls_cert") == 0)
        return snprintf(out, size, "%s", s.http_tls_cert);
    if (strcmp(name, "http_tls_key") == 0)
        return snprintf(out, size, "%s", s.http_tls_key);
    if (strcmp(name, "http_token_file") == 0)
        return snprintf(out, size, "%s", s.http_token_file);
    if (strcmp(name, "ready_on_replica") == 0)
        return snprintf(out, size, "%s", s.ready_on_replica ? "ON" : "OFF");
    if (strcmp(name, "api_threads") == 0)
        return snprintf(out, size, "%d", s.api_threads);
    if (strcmp(name, "api_rate_limit") == 0)
        return snprintf(out, size, "%d", s.api_rate_limit);
    return rate_limit_text(&s, name, out, size);
}
