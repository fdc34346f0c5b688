/* body_probe.c - answers for machines that look at the status: /livez, /readyz, /pingdom.xml. */
#include "answer.h"

#include <string.h>

void http_livez(const struct http_view *view, enum http_form form, struct http_answer *answer)
{
    (void)view;
    (void)form;
    answer->type = "application/json";
    buf_puts(&answer->body, "{\"status\":\"OK\"}\n");
}

/* A replica's worker idles, for it must not write: it is ready if the DBA says that readers may
   come. */
static bool is_ready(const struct http_view *view)
{
    if (view->worker != WORKER_READY && view->worker != WORKER_REPLICA)
        return false;
    if (view->ready_on_replica)
        return true;
    return view->worker == WORKER_READY && !(view->snapshot && view->snapshot->must_not_write);
}

void http_readyz(const struct http_view *view, enum http_form form, struct http_answer *answer)
{
    bool ready = is_ready(view);

    (void)form;
    answer->status = ready ? HTTP_OK : HTTP_UNAVAILABLE;
    answer->type = "application/json";
    buf_printf(&answer->body, "{\"status\":\"%s\",\"worker\":\"%s\"}\n", ready ? "OK" : "NOT READY",
               status_worker_name(view->worker));
}

/* Milliseconds that the database took to answer, when it was asked last. */
static double response_time(const struct snapshot *snapshot)
{
    int i;

    for (i = 0; snapshot && i < snapshot->check_count; i++)
        if (strcmp(snapshot->checks[i].name, "database") == 0)
            return (double)snapshot->checks[i].duration_us / 1000;
    return 0;
}

void http_pingdom(const struct http_view *view, enum http_form form, struct http_answer *answer)
{
    const char *status = view->stale                                  ? "STALE"
                         : snapshot_is_starting(view->snapshot)       ? "STARTING"
                         : view->snapshot->overall == HEALTH_CRITICAL ? "CRITICAL"
                                                                      : "OK";

    (void)form;
    answer->status = strcmp(status, "OK") == 0 ? HTTP_OK : HTTP_UNAVAILABLE;
    answer->type = "application/xml; charset=utf-8";
    buf_printf(&answer->body,
               "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<pingdom_http_custom_check><status>%s</status>"
               "<response_time>%.3f</response_time></pingdom_http_custom_check>\n",
               status, response_time(view->snapshot));
}
