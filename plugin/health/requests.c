/*
  requests.c - see requests.h.

  A call is answered when each check but the slow ones has been looked at anew. One that has
  overrun its time counts as looked at, whether its thread is back or not: that it hangs is its
  result. Checks that come late because others hold up the threads are shown as they were.
*/
#include "requests.h"

#include <stdlib.h>

#include "../stop.h"
#include "answer.h"

#define PATIENCE_MS 5000 /* beyond the longest time-out of a check */

static void finish(struct requests *requests, int i, char *result, const struct error *why)
{
    struct request *request = requests->list[i].request;

    request_finish(request, result, why);
    request_release(request);
    requests->list[i] = requests->list[--requests->count];
}

void requests_take(struct requests *requests, const char *refusal)
{
    struct request *request;
    struct error why = {0};

    while ((request = queue_next_health_request()) != NULL) {
        if (refusal || requests->count == REQUESTS_MAX) {
            error_clear(&why);
            error_set(&why, ERROR_BUSY, "%s",
                      refusal ? refusal : "too many wait for an answer; try again later");
            request_finish(request, NULL, &why);
            request_release(request);
            continue;
        }
        requests->list[requests->count++] =
            (struct asked){.request = request, .at_ms = clock_ms(), .until_ms = INT64_MAX};
    }
}

bool requests_want_rows(const struct requests *requests)
{
    int i;

    for (i = 0; i < requests->count; i++)
        if (requests->list[i].from_ms == 0)
            return true;
    return false;
}

static bool is_awaited(const struct look *look)
{
    return look->lane != LANE_SLOW && !look->is_missing;
}

void requests_rows_read(struct requests *requests, struct looks *looks, int64_t begun_ms)
{
    int64_t longest = 0;
    bool any = false;
    int i;

    for (i = 0; i < looks->count; i++)
        if (is_awaited(looks->list[i]) && looks->list[i]->row.timeout_ms > longest)
            longest = looks->list[i]->row.timeout_ms;
    for (i = 0; i < requests->count; i++) {
        if (requests->list[i].from_ms != 0 || requests->list[i].at_ms > begun_ms)
            continue;
        requests->list[i].from_ms = clock_ms();
        requests->list[i].until_ms = clock_ms() + longest + PATIENCE_MS;
        any = true;
    }
    for (i = 0; any && i < looks->count; i++)
        if (is_awaited(looks->list[i]))
            looks->list[i]->due_ms = clock_ms();
}

static bool is_complete(const struct looks *looks, int64_t from_ms)
{
    int i;

    for (i = 0; i < looks->count; i++)
        if (is_awaited(looks->list[i]) && looks->list[i]->state != LOOK_OVERRUN &&
            looks->list[i]->answered_ms < from_ms)
            return false;
    return true;
}

void requests_answer(struct requests *requests, const struct looks *looks)
{
    static const struct error no_memory = {ERROR_MEMORY, "out of memory"};
    struct snapshot *snapshot;
    char *text;
    int i;

    for (i = requests->count - 1; i >= 0; i--) {
        const struct asked *asked = &requests->list[i];

        if (asked->from_ms == 0 ||
            (clock_ms() < asked->until_ms && !is_complete(looks, asked->from_ms)))
            continue;
        snapshot = looks_snapshot(looks);
        text = snapshot ? health_answer(snapshot) : NULL;
        snapshot_release(snapshot);
        finish(requests, i, text, text ? NULL : &no_memory);
    }
}

void requests_end(struct requests *requests, const char *why)
{
    struct error stopped = {0};

    error_set(&stopped, ERROR_STOPPED, "%s", why);
    while (requests->count > 0)
        finish(requests, requests->count - 1, NULL, &stopped);
}
