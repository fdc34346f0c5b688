/* report.c - see parts.h: what the report says, of which anything may be missing or of another
 * type. */
#include "parts.h"

#include <math.h>
#include <string.h>

#include "../../udf/timestamp.h"
#include "html.h"

#define TYPES_MOST 16
#define TYPE_MOST 64 /* characters of its name */

size_t page_length(const struct page *page)
{
    return page->out->len - page->begin;
}

static const json_t *member(const struct page *page, const char *key)
{
    return json_object_get(page->snapshot->report, key);
}

const json_t *report_object(const struct page *page, const char *key)
{
    const json_t *value = member(page, key);

    return json_is_object(value) ? value : NULL;
}

const json_t *report_array(const struct page *page, const char *key)
{
    const json_t *value = member(page, key);

    return json_is_array(value) ? value : NULL;
}

const char *report_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

bool report_count(const json_t *object, const char *key, int64_t *count)
{
    const json_t *value = json_object_get(object, key);
    double real = json_number_value(value);

    *count = 0;
    if (!json_is_number(value) || !(real >= 0 && real < 9e18))
        return false;
    *count = json_is_integer(value) ? (int64_t)json_integer_value(value) : (int64_t)floor(real);
    return true;
}

int64_t report_count_or_0(const json_t *object, const char *key)
{
    int64_t count;

    (void)report_count(object, key, &count);
    return count;
}

bool report_moment(const json_t *object, const char *key, int64_t *moment)
{
    const char *text = report_text(object, key);

    return timestamp_parse(text, strlen(text), moment, NULL) == 0;
}

void report_put_moment(struct page *page, const json_t *object, const char *key)
{
    int64_t moment;

    if (report_moment(object, key, &moment))
        html_moment_short(page->out, moment);
    else
        html_text(page->out, report_text(object, key), 32);
}

void report_put_count(struct page *page, const json_t *object, const char *key)
{
    int64_t count;

    if (report_count(object, key, &count))
        html_count(page->out, count);
    else
        buf_puts(page->out, "\xE2\x80\x93");
}

enum health_level report_level(const json_t *object, const char *key)
{
    const char *text = report_text(object, key);
    enum health_level level;

    for (level = HEALTH_CRITICAL; level > HEALTH_UNKNOWN; level--)
        if (strcmp(text, health_level_name(level)) == 0)
            break;
    return level;
}

void report_put_types(struct page *page, const json_t *types, const char *critical)
{
    const char *type;
    json_t *count;
    int n = 0;

    if (!json_is_object(types) || json_object_size(types) == 0)
        return;
    buf_puts(page->out, "<dl class=\"types\">");
    json_object_foreach((json_t *)types, type, count)
    {
        if (n++ == TYPES_MOST)
            break;
        buf_puts(page->out, critical && strcmp(type, critical) == 0
                                ? "<div class=\"l-critical\"><dt>"
                                : "<div><dt>");
        html_text(page->out, type, TYPE_MOST);
        buf_puts(page->out, "</dt><dd>");
        html_count(page->out, json_integer_value(count));
        buf_puts(page->out, "</dd></div>");
    }
    buf_puts(page->out, "</dl>");
}

void panel_begin(struct page *page, const char *id, const char *title, const char *note)
{
    buf_printf(page->out,
               "<section class=\"panel\" aria-labelledby=\"%s\"><header><h2 id=\"%s\">%s</h2>", id,
               id, title);
    if (note)
        buf_printf(page->out, "<p>%s</p>", note);
    buf_puts(page->out, "</header>");
}

void panel_end(struct page *page)
{
    buf_puts(page->out, "</section>\n");
}

void panel_unknown(struct page *page)
{
    buf_puts(page->out, page->snapshot->report
                            ? "<p class=\"none\">The report says nothing of it.</p>"
                            : "<p class=\"none\">No report has been made yet.</p>");
}
