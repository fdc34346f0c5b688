#include "sim_stats.h"

#include "sim_gateway.h"
#include "sim_value.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define LOG_SIZE 256

struct counters {
    uint64_t requests, answers[6], unanswered; /* answers by the first digit of the status */
    uint64_t violations;
    uint64_t by_route[SIM_ROUTES];
    int now, most;
    int64_t last, least_interval; /* monotonic microseconds; -1: none yet */
    int64_t stay_away_until;
};

struct log_entry {
    enum sim_gateway gateway;
    int status;
    int64_t time;
    char target[200], user_agent[64], version[32];
};

/* All guarded by lock. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct counters counters[SIM_GATEWAYS] = {
    {.last = -1, .least_interval = -1},
    {.last = -1, .least_interval = -1},
};
static struct log_entry entries[LOG_SIZE];
static uint64_t logged, connections;

static int64_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SIM_SECOND + now.tv_nsec / 1000;
}

void sim_stats_enter(enum sim_gateway gateway, int route)
{
    struct counters *c = &counters[gateway];
    int64_t now;

    pthread_mutex_lock(&lock);
    now = monotonic();
    c->requests++;
    c->by_route[route]++;
    if (++c->now > c->most)
        c->most = c->now;
    if (c->last >= 0 && (c->least_interval < 0 || now - c->last < c->least_interval))
        c->least_interval = now - c->last;
    c->last = now;
    c->violations += now < c->stay_away_until;
    pthread_mutex_unlock(&lock);
}

void sim_stats_leave(enum sim_gateway gateway)
{
    pthread_mutex_lock(&lock);
    counters[gateway].now--;
    pthread_mutex_unlock(&lock);
}

void sim_stats_answered(enum sim_gateway gateway, int status, const char *target,
                        const char *user_agent, const char *version)
{
    struct log_entry *e;

    pthread_mutex_lock(&lock);
    if (status)
        counters[gateway].answers[status / 100]++;
    else
        counters[gateway].unanswered++;
    e = &entries[logged++ % LOG_SIZE];
    e->gateway = gateway;
    e->status = status;
    e->time = sim_time_now();
    snprintf(e->target, sizeof(e->target), "%s", target);
    snprintf(e->user_agent, sizeof(e->user_agent), "%s", user_agent ? user_agent : "");
    snprintf(e->version, sizeof(e->version), "%s", version ? version : "");
    pthread_mutex_unlock(&lock);
}

void sim_stats_stay_away(enum sim_gateway gateway, int64_t microseconds)
{
    int64_t until = monotonic() + microseconds;

    pthread_mutex_lock(&lock);
    if (until > counters[gateway].stay_away_until)
        counters[gateway].stay_away_until = until;
    pthread_mutex_unlock(&lock);
}

void sim_stats_connected(void)
{
    pthread_mutex_lock(&lock);
    connections++;
    pthread_mutex_unlock(&lock);
}

static void show_gateway(struct sim_text *t, enum sim_gateway gateway)
{
    const struct counters *c = &counters[gateway];
    int i, shown = 0;

    sim_text_printf(t,
                    "\"%s\":{\"requests\":%llu,\"concurrent\":%d,\"max_concurrent\":%d,"
                    "\"retry_after_violations\":%llu,\"unanswered\":%llu,\"min_interval_ms\":",
                    sim_gateway_names[gateway], (unsigned long long)c->requests, c->now, c->most,
                    (unsigned long long)c->violations, (unsigned long long)c->unanswered);
    if (c->least_interval < 0)
        SIM_TEXT_LIT(t, "null");
    else
        sim_text_printf(t, "%lld.%03lld", (long long)c->least_interval / 1000,
                        (long long)c->least_interval % 1000);
    SIM_TEXT_LIT(t, ",\"answers\":{");
    for (i = 2; i < 6; i++)
        sim_text_printf(t, "%s\"%dxx\":%llu", i > 2 ? "," : "", i,
                        (unsigned long long)c->answers[i]);
    SIM_TEXT_LIT(t, "},\"paths\":{");
    for (i = 0; i < SIM_ROUTES; i++)
        if (c->by_route[i])
            sim_text_printf(t, "%s\"%s\":%llu", shown++ ? "," : "", sim_route_name(i),
                            (unsigned long long)c->by_route[i]);
    SIM_TEXT_LIT(t, "}}");
}

void sim_stats_show(struct sim_text *t)
{
    int g;

    pthread_mutex_lock(&lock);
    sim_text_printf(t, "{\"connections\":%llu", (unsigned long long)connections);
    for (g = 0; g < SIM_GATEWAYS; g++) {
        SIM_TEXT_LIT(t, ",");
        show_gateway(t, (enum sim_gateway)g);
    }
    SIM_TEXT_LIT(t, "}");
    pthread_mutex_unlock(&lock);
}

void sim_stats_log(struct sim_text *t)
{
    uint64_t i;
    const char *comma = "";

    pthread_mutex_lock(&lock);
    SIM_TEXT_LIT(t, "[");
    for (i = logged > LOG_SIZE ? logged - LOG_SIZE : 0; i < logged; i++, comma = ",") {
        const struct log_entry *e = &entries[i % LOG_SIZE];

        sim_text_printf(t, "%s\n{\"at\":\"", comma);
        sim_time_format(t, e->time, 6);
        sim_text_printf(t, "\",\"gateway\":\"%s\",\"status\":%d,\"target\":",
                        sim_gateway_names[e->gateway], e->status);
        sim_text_json(t, e->target);
        SIM_TEXT_LIT(t, ",\"user_agent\":");
        sim_text_json(t, e->user_agent);
        SIM_TEXT_LIT(t, ",\"square_version\":");
        sim_text_json(t, e->version);
        SIM_TEXT_LIT(t, "}");
    }
    SIM_TEXT_LIT(t, "]");
    pthread_mutex_unlock(&lock);
}

void sim_stats_reset(void)
{
    int g;

    pthread_mutex_lock(&lock);
    for (g = 0; g < SIM_GATEWAYS; g++) {
        int now = counters[g].now;

        counters[g] = (struct counters){.last = -1, .least_interval = -1, .now = now, .most = now};
    }
    logged = connections = 0;
    pthread_mutex_unlock(&lock);
}
