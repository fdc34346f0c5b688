#include "sim_gateway.h"

#include "sim_value.h"

#include <stdio.h>
#include <string.h>

struct route {
    enum sim_gateway gateway;
    const char *name;
    const char *before;   /* path up to the variable part, or all of it */
    const char *after;    /* rest of the path; NULL: no variable part */
    sim_handler *handler; /* NULL: not found */
    bool open;            /* answers without a token */
};

/* The first that fits is taken; the last of each gateway takes what is left. */
static const struct route routes[SIM_ROUTES] = {
    {SIM_SQUARE, "square /v2/locations", "/v2/locations", NULL, sim_square_locations, false},
    {SIM_SQUARE, "square /v2/payments", "/v2/payments", NULL, sim_square_payments, false},
    {SIM_SQUARE, "square /v2/payments/{id}", "/v2/payments/", "", sim_square_payment, false},
    {SIM_SQUARE, "square /v2/refunds", "/v2/refunds", NULL, sim_square_refunds, false},
    {SIM_SQUARE, "square /v2/refunds/{id}", "/v2/refunds/", "", sim_square_refund, false},
    {SIM_SQUARE, "square other", "", "", NULL, false},
    {SIM_PAYCHANGU, "paychangu /verify-payment", "/verify-payment/", "", sim_paychangu_checkout,
     false},
    {SIM_PAYCHANGU, "paychangu /mobile-money/payments/verify", "/mobile-money/payments/", "/verify",
     sim_paychangu_mobile, false},
    {SIM_PAYCHANGU, "paychangu /mobile-money/payments/details", "/mobile-money/payments/",
     "/details", sim_paychangu_mobile, false},
    {SIM_PAYCHANGU, "paychangu /direct-charge/transactions", "/direct-charge/transactions/",
     "/details", sim_paychangu_bank, false},
    {SIM_PAYCHANGU, "paychangu /charge-card/verify", "/charge-card/verify/", "", sim_paychangu_card,
     false},
    {SIM_PAYCHANGU, "paychangu /wallet-balance", "/wallet-balance", NULL, sim_paychangu_balance,
     false},
    {SIM_PAYCHANGU, "paychangu /mobile-money", "/mobile-money", NULL, sim_paychangu_operators,
     true},
    {SIM_PAYCHANGU, "paychangu /transactions", "/transactions", NULL, sim_paychangu_list, false},
    {SIM_PAYCHANGU, "paychangu other", "", "", NULL, false},
};

const char *sim_route_name(int route)
{
    return routes[route].name;
}

static bool fits(const struct route *route, const char *path, char *id, size_t id_size)
{
    size_t len = strlen(path), before = strlen(route->before), after;

    *id = '\0';
    if (!route->after)
        return !strcmp(path, route->before);
    after = strlen(route->after);
    if (len < before + after || memcmp(path, route->before, before) != 0 ||
        strcmp(path + len - after, route->after) != 0)
        return false;
    if (route->handler && len == before + after)
        return false;
    if (len - before - after >= id_size)
        return route->handler == NULL;
    memcpy(id, path + before, len - before - after);
    id[len - before - after] = '\0';
    return true;
}

int sim_route_find(const char *path, enum sim_gateway *gateway, char *id, size_t id_size)
{
    int g, i;

    for (g = 0; g < SIM_GATEWAYS; g++) {
        size_t len = strlen(sim_gateway_names[g]);

        if (*path != '/' || strncmp(path + 1, sim_gateway_names[g], len) != 0 ||
            (path[len + 1] && path[len + 1] != '/'))
            continue;
        *gateway = (enum sim_gateway)g;
        for (i = 0; i < SIM_ROUTES; i++)
            if (routes[i].name && (int)routes[i].gateway == g &&
                fits(&routes[i], path + 1 + len, id, id_size))
                return i;
    }
    return -1;
}

static const char *square_code(int status)
{
    static const struct {
        int status;
        const char *code;
    } codes[] = {
        {400, "BAD_REQUEST"},     {401, "UNAUTHORIZED"},       {403, "FORBIDDEN"},
        {404, "NOT_FOUND"},       {405, "METHOD_NOT_ALLOWED"}, {408, "REQUEST_TIMEOUT"},
        {429, "RATE_LIMITED"},    {502, "BAD_GATEWAY"},        {503, "SERVICE_UNAVAILABLE"},
        {504, "GATEWAY_TIMEOUT"},
    };
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
        if (codes[i].status == status)
            return codes[i].code;
    return status >= 500 ? "INTERNAL_SERVER_ERROR" : "BAD_REQUEST";
}

static void gateway_error(enum sim_gateway gateway, int status, const struct sim_fault *f,
                          struct sim_answer *answer)
{
    if (f && f->body) {
        answer->status = status;
        sim_text_puts(&answer->body, f->body);
    } else if (gateway == SIM_SQUARE) {
        sim_square_error(answer, status, f && *f->error_code ? f->error_code : square_code(status),
                         NULL);
    } else {
        sim_paychangu_error(answer, status, f && f->data_string, NULL);
    }
}

/* A fault that takes the place of the answer. Those that send nothing are left to sim_raw_send().
 */
static void faulty_answer(enum sim_gateway gateway, const struct sim_fault *f,
                          struct sim_answer *answer)
{
    struct sim_text date = {0};

    answer->status = 200;
    if (f->kind == SIM_FAULT_STATUS) {
        gateway_error(gateway, f->code, f, answer);
        snprintf(answer->retry_after, sizeof(answer->retry_after), "%s", f->retry_after);
        if (f->retry_after_date >= 0) {
            sim_time_http(&date, sim_time_now() + f->retry_after_date * SIM_SECOND);
            snprintf(answer->retry_after, sizeof(answer->retry_after), "%s",
                     date.data ? date.data : "");
            sim_text_free(&date);
        }
    } else if (f->kind == SIM_FAULT_REDIRECT) {
        answer->status = f->code;
        memcpy(answer->location, f->url, sizeof(f->url));
        answer->type = "text/html";
        SIM_TEXT_LIT(&answer->body, "<html><body>Moved.</body></html>\n");
    } else if (f->kind == SIM_FAULT_NOT_JSON) {
        answer->type = "text/html; charset=utf-8";
        sim_text_puts(&answer->body,
                      f->body ? f->body
                              : "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
                                "<body><h1>We will be back soon</h1></body></html>\n");
    }
}

static bool has_token(const struct sim_request *rq, const char *token)
{
    const char *header = sim_request_header(rq, "Authorization");

    return header && !strncmp(header, "Bearer ", 7) && !strcmp(header + 7, token);
}

void sim_gateway_answer(const struct sim_request *rq, int route, const char *id,
                        const char *const tokens[SIM_GATEWAYS], struct sim_answer *answer)
{
    const struct route *to = &routes[route];
    const struct sim_plan *plan = sim_request_plan(rq);
    const struct sim_fault *f = &plan->answer;

    if (f->kind != SIM_FAULT_KINDS && !(f->kind == SIM_FAULT_DROP_CONNECTION && f->middle)) {
        faulty_answer(to->gateway, f, answer);
        return;
    }
    if (tokens[to->gateway] && !to->open && !has_token(rq, tokens[to->gateway])) {
        gateway_error(to->gateway, 401, NULL, answer);
    } else if (!to->handler) {
        gateway_error(to->gateway, 404, NULL, answer);
    } else if (strcmp(sim_request_method(rq), "GET") != 0) {
        gateway_error(to->gateway, 405, NULL, answer);
    } else {
        answer->status = 200;
        to->handler(rq, id, answer);
    }
}
