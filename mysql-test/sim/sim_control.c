#include "sim_control.h"

#include "sim_load.h"
#include "sim_stats.h"

#include <string.h>

static void refuse(struct sim_answer *answer, int status, const char *why)
{
    answer->status = status;
    SIM_TEXT_LIT(&answer->body, "{\"error\":");
    sim_text_json(&answer->body, why);
    SIM_TEXT_LIT(&answer->body, "}");
}

static void agree(struct sim_answer *answer)
{
    SIM_TEXT_LIT(&answer->body, "{\"ok\":true}");
}

static void health(const struct sim_request *rq, struct sim_answer *answer)
{
    int g, k, count;

    (void)rq;
    sim_data_lock_read();
    sim_data_locations(&count);
    sim_text_printf(&answer->body, "{\"status\":\"ok\",\"locations\":%d", count);
    for (g = 0; g < SIM_GATEWAYS; g++)
        for (k = 0; k < SIM_KINDS; k++) {
            size_t records;

            sim_data_list((enum sim_gateway)g, (enum sim_kind)k, SIM_BY_CREATED, &records);
            sim_text_printf(&answer->body, ",\"%s_%ss\":%zu", sim_gateway_names[g],
                            sim_kind_names[k], records);
        }
    SIM_TEXT_LIT(&answer->body, "}");
    sim_data_unlock();
}

static void get_stats(const struct sim_request *rq, struct sim_answer *answer)
{
    (void)rq;
    sim_stats_show(&answer->body);
}

static void get_log(const struct sim_request *rq, struct sim_answer *answer)
{
    (void)rq;
    sim_stats_log(&answer->body);
}

static void reset_stats(const struct sim_request *rq, struct sim_answer *answer)
{
    (void)rq;
    sim_stats_reset();
    agree(answer);
}

static void get_faults(const struct sim_request *rq, struct sim_answer *answer)
{
    (void)rq;
    sim_fault_show(&answer->body);
}

static void post_faults(const struct sim_request *rq, struct sim_answer *answer)
{
    size_t len;
    const char *body = sim_request_body(rq, &len);
    char error[256];
    json_error_t where;
    json_t *request = json_loadb(body, len, JSON_REJECT_DUPLICATES, &where);

    if (!request)
        refuse(answer, 400, where.text);
    else if (sim_fault_set(request, error, sizeof(error)))
        refuse(answer, 400, error);
    else
        agree(answer);
    json_decref(request);
}

/* @return number of the gateway, -1 where none is named, -2 with the refusal where it is unknown */
static int named_gateway(const struct sim_request *rq, struct sim_answer *answer)
{
    const char *name = sim_request_argument(rq, "gateway");
    int gateway = name ? sim_word(sim_gateway_names, SIM_GATEWAYS, name) : -1;

    if (!name || gateway >= 0)
        return gateway;
    refuse(answer, 400, "gateway: must be square or paychangu");
    return -2;
}

static void delete_faults(const struct sim_request *rq, struct sim_answer *answer)
{
    int gateway = named_gateway(rq, answer);

    if (gateway < -1)
        return;
    sim_fault_clear(gateway);
    agree(answer);
}

static void post_records(const struct sim_request *rq, struct sim_answer *answer)
{
    size_t len, loaded;
    const char *body = sim_request_body(rq, &len);
    char error[320];

    if (sim_load_text(body, len, &loaded, error, sizeof(error)))
        refuse(answer, 400, error);
    else
        sim_text_printf(&answer->body, "{\"ok\":true,\"loaded\":%zu}", loaded);
}

static void delete_records(const struct sim_request *rq, struct sim_answer *answer)
{
    const char *id = sim_request_argument(rq, "id"), *kind = sim_request_argument(rq, "kind");
    int gateway = named_gateway(rq, answer);
    int which = kind ? sim_word(sim_kind_names, SIM_KINDS, kind) : -1;
    unsigned removed;

    if (gateway < -1)
        return;
    if (gateway < 0 || !id || (kind && which < 0)) {
        refuse(answer, 400, "needs gateway= and id=, may have kind=payment or kind=refund");
        return;
    }
    sim_data_lock_write();
    removed = sim_data_remove((enum sim_gateway)gateway, which, id);
    sim_data_commit();
    sim_data_unlock();
    sim_text_printf(&answer->body, "{\"ok\":true,\"removed\":%u}", removed);
}

static void delete_all(const struct sim_request *rq, struct sim_answer *answer)
{
    (void)rq;
    sim_data_lock_write();
    sim_data_clear();
    sim_data_unlock();
    sim_fault_clear(-1);
    sim_stats_reset();
    agree(answer);
}

void sim_control(const struct sim_request *rq, const char *path, struct sim_answer *answer)
{
    static const struct {
        const char *method, *path;
        void (*handler)(const struct sim_request *rq, struct sim_answer *answer);
    } table[] = {
        {"GET", "/health", health},
        {"GET", "/stats", get_stats},
        {"POST", "/stats/reset", reset_stats},
        {"GET", "/log", get_log},
        {"GET", "/faults", get_faults},
        {"POST", "/faults", post_faults},
        {"DELETE", "/faults", delete_faults},
        {"POST", "/records", post_records},
        {"DELETE", "/records", delete_records},
        {"DELETE", "/all", delete_all},
    };
    size_t i;

    answer->status = 200;
    for (i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (!strcmp(table[i].path, path) && !strcmp(table[i].method, sim_request_method(rq))) {
            table[i].handler(rq, answer);
            return;
        }
    refuse(answer, 404, "no such control");
}
