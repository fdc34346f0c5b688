#include "sim_fault.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const sim_fault_names[SIM_FAULT_KINDS] = {
    "delay",
    "wrong_types",
    "repeated_cursor",
    "endless_pages",
    "duplicate_records",
    "foreign_next",
    "not_found_400",
    "status",
    "not_json",
    "redirect",
    "huge_body",
    "hang",
    "drop_connection",
    "truncated_json",
    "wrong_content_length",
    "first_byte_stall",
    "slow_body",
};

/* Guarded by lock; leaves are copied out, so nothing is held while a request waits. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct sim_fault faults[SIM_GATEWAYS][SIM_FAULTS_MAX];
static int fault_count[SIM_GATEWAYS];

static const char *const known_keys[] = {
    "kind",
    "path",
    "after",
    "times",
    "ms",
    "code",
    "bytes",
    "mib",
    "extra",
    "reset",
    "at",
    "what",
    "url",
    "body",
    "data_string",
    "retry_after",
    "retry_after_date",
    "error_code",
};

static int complain(char *error, size_t size, const char *what, const char *about)
{
    snprintf(error, size, "%s: %s", about, what);
    return -1;
}

static int check_keys(const json_t *object, char *error, size_t size)
{
    const char *key;
    const json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (sim_word(known_keys, sizeof(known_keys) / sizeof(*known_keys), key) < 0)
            return complain(error, size, "no such setting of a fault", key);
    }
    return 0;
}

static int take_text(const json_t *object, const char *key, const char *fallback, char *to,
                     size_t to_size, char *error, size_t size)
{
    const char *text = sim_json_text(object, key, fallback);

    if (strlen(text) >= to_size)
        return complain(error, size, "too long", key);
    memcpy(to, text, strlen(text) + 1);
    return 0;
}

static int bounded(const json_t *object, const char *key, int fallback, int max)
{
    json_int_t value = sim_json_int(object, key, fallback);

    return value < -1 ? -1 : value > max ? max : (int)value;
}

/* "retry_after" is a text that is sent as it is, or a number of seconds. */
static int take_retry_after(const json_t *object, struct sim_fault *f, char *error, size_t size)
{
    const json_t *value = json_object_get(object, "retry_after");

    if (json_is_integer(value)) {
        snprintf(f->retry_after, sizeof(f->retry_after), "%lld",
                 (long long)json_integer_value(value));
        return 0;
    }
    return take_text(object, "retry_after", "", f->retry_after, sizeof(f->retry_after), error,
                     size);
}

static void take_numbers(const json_t *object, struct sim_fault *f)
{
    static const char *const amount_names[SIM_FAULT_KINDS] = {
        [SIM_FAULT_SLOW_BODY] = "bytes",
        [SIM_FAULT_HUGE_BODY] = "mib",
        [SIM_FAULT_WRONG_CONTENT_LENGTH] = "extra",
    };
    static const int amounts[SIM_FAULT_KINDS] = {
        [SIM_FAULT_SLOW_BODY] = 16,
        [SIM_FAULT_HUGE_BODY] = 64,
        [SIM_FAULT_WRONG_CONTENT_LENGTH] = 1000,
    };

    f->after = bounded(object, "after", 0, INT_MAX);
    f->times = bounded(object, "times", -1, INT_MAX);
    f->ms = bounded(object, "ms", f->kind == SIM_FAULT_SLOW_BODY ? 50 : 1000, 3600000);
    f->code = bounded(object, "code", f->kind == SIM_FAULT_REDIRECT ? 302 : 500, 599);
    f->retry_after_date = bounded(object, "retry_after_date", -1, 86400);
    if (amount_names[f->kind])
        f->amount = bounded(object, amount_names[f->kind], amounts[f->kind], 4096 * 1024);
    if (f->kind == SIM_FAULT_SLOW_BODY && f->amount < 1)
        f->amount = 1;
    f->reset = json_is_true(json_object_get(object, "reset"));
    f->middle = !strcmp(sim_json_text(object, "at", "start"), "body");
    f->data_string = json_is_true(json_object_get(object, "data_string"));
}

static int take_fault(const json_t *object, struct sim_fault *f, char *error, size_t size)
{
    static const char *const targets[] = {"amount", "status", "list"};
    const char *kind = sim_json_text(object, "kind", "");
    const char *body = sim_json_text(object, "body", NULL);
    int at = sim_word(sim_fault_names, SIM_FAULT_KINDS, kind);

    *f = (struct sim_fault){0};
    if (!json_is_object(object) || at < 0)
        return complain(error, size, "no such kind of fault", *kind ? kind : "kind");
    f->kind = (enum sim_fault_kind)at;
    if (check_keys(object, error, size))
        return -1;
    take_numbers(object, f);
    if (f->code < 200)
        return complain(error, size, "must be 200 to 599", "code");
    if (take_text(object, "path", "", f->path, sizeof(f->path), error, size) ||
        take_text(object, "what", "amount", f->what, sizeof(f->what), error, size) ||
        take_text(object, "url", "http://gateway.invalid/stolen?page=2", f->url, sizeof(f->url),
                  error, size) ||
        take_text(object, "error_code", "", f->error_code, sizeof(f->error_code), error, size) ||
        take_retry_after(object, f, error, size))
        return -1;
    if (sim_word(targets, 3, f->what) < 0)
        return complain(error, size, "must be amount, status or list", "what");
    f->body = body ? strdup(body) : NULL;
    return 0;
}

static void clear(int gateway)
{
    while (fault_count[gateway])
        free(faults[gateway][--fault_count[gateway]].body);
}

int sim_fault_set(const json_t *request, char *error, size_t error_size)
{
    const json_t *list = json_object_get(request, "faults");
    int gateway = sim_word(sim_gateway_names, SIM_GATEWAYS, sim_json_text(request, "gateway", ""));
    size_t count = json_array_size(list), i, done = 0;
    struct sim_fault *taken;
    int rc = -1;

    if (gateway < 0)
        return complain(error, error_size, "must be square or paychangu", "gateway");
    if (!json_is_array(list) || count > SIM_FAULTS_MAX)
        return complain(error, error_size, "must be a list of at most 64", "faults");
    taken = calloc(count + 1, sizeof(*taken));
    if (!taken)
        return complain(error, error_size, "no memory", "faults");
    for (; done < count; done++)
        if (take_fault(json_array_get(list, done), &taken[done], error, error_size))
            goto end;
    pthread_mutex_lock(&lock);
    if (!json_is_true(json_object_get(request, "add")))
        clear(gateway);
    if (fault_count[gateway] + (int)count <= SIM_FAULTS_MAX) {
        for (i = 0; i < count; i++)
            faults[gateway][fault_count[gateway]++] = taken[i];
        done = 0; /* now owned by the list */
        rc = 0;
    }
    pthread_mutex_unlock(&lock);
    if (rc)
        complain(error, error_size, "too many", "faults");
end:
    for (i = 0; i < done; i++)
        free(taken[i].body);
    free(taken);
    return rc;
}

void sim_fault_clear(int gateway)
{
    int g;

    pthread_mutex_lock(&lock);
    for (g = 0; g < SIM_GATEWAYS; g++)
        if (gateway < 0 || gateway == g)
            clear(g);
    pthread_mutex_unlock(&lock);
}

void sim_fault_show(struct sim_text *t)
{
    int g, i;

    pthread_mutex_lock(&lock);
    SIM_TEXT_LIT(t, "{");
    for (g = 0; g < SIM_GATEWAYS; g++) {
        sim_text_printf(t, "%s\"%s\":[", g ? "," : "", sim_gateway_names[g]);
        for (i = 0; i < fault_count[g]; i++) {
            const struct sim_fault *f = &faults[g][i];

            sim_text_printf(t, "%s{\"kind\":\"%s\",\"path\":", i ? "," : "",
                            sim_fault_names[f->kind]);
            sim_text_json(t, f->path);
            sim_text_printf(t, ",\"after\":%ld,\"times\":%ld,\"seen\":%ld,\"fired\":%ld}", f->after,
                            f->times, f->seen, f->fired);
        }
        SIM_TEXT_LIT(t, "]");
    }
    SIM_TEXT_LIT(t, "}");
    pthread_mutex_unlock(&lock);
}

/* @return whether the fault had an effect on the plan */
static bool apply(const struct sim_fault *f, struct sim_plan *plan)
{
    bool replaces = f->kind >= SIM_FAULT_STATUS && f->kind <= SIM_FAULT_DROP_CONNECTION;
    struct sim_fault *to = replaces ? &plan->answer : &plan->delivery;

    if (f->kind >= SIM_FAULT_STATUS) {
        if (to->kind != SIM_FAULT_KINDS)
            return false;
        *to = *f;
        to->body = f->body ? strdup(f->body) : NULL;
        return true;
    }
    if (f->kind == SIM_FAULT_DELAY)
        plan->delay_ms += f->ms;
    else if (f->kind == SIM_FAULT_WRONG_TYPES && f->what[0] == 'a')
        plan->wrong_amount = true;
    else if (f->kind == SIM_FAULT_WRONG_TYPES && f->what[0] == 's')
        plan->wrong_status = true;
    else if (f->kind == SIM_FAULT_WRONG_TYPES)
        plan->wrong_list = true;
    else if (f->kind == SIM_FAULT_FOREIGN_NEXT)
        memcpy(plan->foreign_next, f->url, sizeof(f->url));
    plan->repeated_cursor |= f->kind == SIM_FAULT_REPEATED_CURSOR;
    plan->endless_pages |= f->kind == SIM_FAULT_ENDLESS_PAGES;
    plan->duplicate_records |= f->kind == SIM_FAULT_DUPLICATE_RECORDS;
    plan->not_found_400 |= f->kind == SIM_FAULT_NOT_FOUND_400;
    return true;
}

void sim_fault_match(enum sim_gateway gateway, const char *target, struct sim_plan *plan)
{
    int i;

    *plan = (struct sim_plan){0};
    plan->answer.kind = plan->delivery.kind = SIM_FAULT_KINDS;
    pthread_mutex_lock(&lock);
    for (i = 0; i < fault_count[gateway]; i++) {
        struct sim_fault *f = &faults[gateway][i];

        if (*f->path && !strstr(target, f->path))
            continue;
        if (f->seen++ < f->after || (f->times >= 0 && f->fired >= f->times))
            continue;
        f->fired += apply(f, plan);
    }
    pthread_mutex_unlock(&lock);
}

void sim_plan_free(struct sim_plan *plan)
{
    free(plan->answer.body);
    free(plan->delivery.body);
    plan->answer.body = plan->delivery.body = NULL;
}
