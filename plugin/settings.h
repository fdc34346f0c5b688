/*
  settings.h - what the system variables say, for threads that must not read them.

  The variables themselves are in sysvars.c, which calls settings_set_* from the server's update
  functions. A thread takes one snapshot per piece of work and reads no setting twice in it.
*/
#ifndef PURSER_SETTINGS_H
#define PURSER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_PATH_SIZE 1024
#define SETTINGS_TEXT_SIZE 128
#define SETTINGS_ADDRESS_SIZE 256

/* What a rate limit says whose store gives no answer. */
enum settings_failure { SETTINGS_LOCAL, SETTINGS_ALLOW, SETTINGS_DENY };

struct settings {
    bool enabled;                          /* purser_enabled */
    char secrets_file[SETTINGS_PATH_SIZE]; /* purser_secrets_file, "" if none */
    char time_zone[SETTINGS_TEXT_SIZE];    /* purser_time_zone */
    int reconcile_at;                      /* purser_reconcile_at, minutes after midnight */
    int lookback_days;                     /* purser_reconcile_lookback_days */
    int sweep_minutes;                     /* purser_pending_sweep_minutes, 0: off */
    char http_bind[SETTINGS_TEXT_SIZE];    /* purser_http_bind */
    int http_port;                         /* purser_http_port, 0: off */
    int audit_seal_seconds;                /* purser_audit_seal_seconds, 0: off */
    char audit_checkpoint_file[SETTINGS_PATH_SIZE]; /* purser_audit_checkpoint_file, "" if none */
    char audit_checkpoint_mail[SETTINGS_PATH_SIZE]; /* purser_audit_checkpoint_mail, "" if none */
    char audit_checkpoint_url[SETTINGS_PATH_SIZE];  /* purser_audit_checkpoint_url, "" if none */
    int audit_checkpoint_minutes;                   /* purser_audit_checkpoint_minutes */
    char audit_checkpoint_ca_file[SETTINGS_PATH_SIZE]; /* purser_audit_checkpoint_ca_file, or "" */
    char mail_url[SETTINGS_PATH_SIZE];                 /* purser_mail_url, "" if none */
    char mail_from[SETTINGS_ADDRESS_SIZE];             /* purser_mail_from, "" if none */
    char mail_ca_file[SETTINGS_PATH_SIZE];             /* purser_mail_ca_file, "": the system's */
    char alert_ca_file[SETTINGS_PATH_SIZE];            /* purser_alert_ca_file, "": the system's */
    int health_interval;                               /* purser_health_interval, 0: off */
    char http_cors_origin[SETTINGS_ADDRESS_SIZE];      /* purser_http_cors_origin, "" if none */
    char http_tls_cert[SETTINGS_PATH_SIZE];            /* purser_http_tls_cert, "" if none */
    char http_tls_key[SETTINGS_PATH_SIZE];             /* purser_http_tls_key, "" if none */
    char http_token_file[SETTINGS_PATH_SIZE];          /* purser_http_token_file, "" if none */
    bool ready_on_replica;                             /* purser_ready_on_replica */
    int api_threads;                                   /* purser_api_threads, 0: no client API */
    int api_rate_limit;                                /* purser_api_rate_limit */
    char rate_limit_peers[SETTINGS_PATH_SIZE];         /* purser_rate_limit_peers, "" if none */
    char rate_limit_peer_ca_file[SETTINGS_PATH_SIZE];  /* purser_rate_limit_peer_ca_file, or "" */
    int rate_limit_peer_ms;                            /* purser_rate_limit_peer_ms */
    char rate_limit_store[SETTINGS_ADDRESS_SIZE];      /* purser_rate_limit_store, "" if none */
    int rate_limit_store_timeout_ms;                   /* purser_rate_limit_store_timeout_ms */
    enum settings_failure rate_limit_store_failure;    /* purser_rate_limit_store_failure */
};

/** A copy of the settings in force. Any thread. */
void settings_get(struct settings *out);

/** Put new settings in force; wakes the scheduler. Called by sysvars.c. */
void settings_put(const struct settings *in);

/** A setting as text, by its variable's name without the prefix.
    @return bytes written, -1 where there is no such setting or the plugin is not installed */
int settings_text(const char *name, char *out, size_t size);

/** The plugin is gone: settings_text finds nothing any more. */
void settings_clear(void);

/** Counts up with every settings_put, so that a loop can tell that something changed. */
unsigned settings_generation(void);

#endif
