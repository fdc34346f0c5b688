/*
  fuzz_dashboard.c - reports and texts of any bytes: clang's libFuzzer, with AddressSanitizer and
  UBSan. The text up to the first zero byte goes into the names and messages of a snapshot, the rest
  is its report. The page is always whole, in UTF-8, and fits.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/dashboard/dashboard.h"
#include "../../plugin/stop.h"
#include "../../udf/utf8.h"
#include "../unit/unit_html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static struct snapshot *make(const char *text)
{
    struct snapshot *s = snapshot_create(3);
    struct health_part part = {.level = HEALTH_OK, .latency_us = -1};
    int i;

    must(s != NULL);
    snprintf(s->server, sizeof(s->server), "%s", text);
    snprintf(part.name, sizeof(part.name), "%s", text);
    snprintf(part.message, sizeof(part.message), "%s", text);
    for (i = 0; i < s->check_count; i++) {
        struct health_check *c = &s->checks[i];

        snprintf(c->name, sizeof(c->name), "%d%s", i, text);
        snprintf(c->service, sizeof(c->service), "%s", text);
        snprintf(c->message, sizeof(c->message), "%s", text);
        snprintf(c->unit, sizeof(c->unit), "%s", text);
        c->level = (enum health_level)(i + 1);
        c->has_value = c->has_warning = true;
        memcpy(&c->value, c->message, sizeof(c->value));
        must(snapshot_add_parts(c, &part, 1) == 0);
    }
    return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t first = zero ? (size_t)(zero - data) : 0, rest = zero ? size - first - 1 : size;
    char *text = malloc(first + 1);
    struct snapshot *s;
    struct buf page;

    must(text != NULL);
    memcpy(text, data, first);
    text[first] = '\0';
    s = make(text);
    snapshot_set_report(s,
                        json_loadb((const char *)data + (size - rest), rest, JSON_DECODE_ANY, NULL),
                        clock_utc_us());
    buf_init(&page, DASHBOARD_MAX);
    must(dashboard_render(s, &page) == 0);
    must(strlen(page.data) == page.len);
    must(utf8_valid(page.data, page.len));
    must(unit_html_broken(page.data) == NULL);
    buf_free(&page);
    snapshot_release(s);
    free(text);
    return 0;
}
