/* level.c - see level.h. */
#include "level.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 400 /* digits of a DOUBLE that is written out */

static bool is_beyond(double value, double threshold, bool below)
{
    return below ? value < threshold : value > threshold;
}

enum health_level level_of_value(double value, const struct thresholds *t)
{
    if (t->has_critical && is_beyond(value, t->critical, t->below))
        return HEALTH_CRITICAL;
    if (t->has_warning && is_beyond(value, t->warning, t->below))
        return HEALTH_WARNING;
    return HEALTH_OK;
}

static int count_at_least(const unsigned char *looks, int from, int count, int level)
{
    int i, n = 0;

    for (i = from > 0 ? from : 0; i < count; i++)
        n += looks[i] >= level;
    return n;
}

enum health_level level_damped(enum health_level now, const unsigned char *looks, int count,
                               int fail_count, int fail_window)
{
    int needed = fail_window - fail_count + 1, i;
    int level;

    for (level = HEALTH_CRITICAL; level > (int)now; level--)
        if (count_at_least(looks, count - fail_window, count, level) >= fail_count)
            return (enum health_level)level;
    if (now == HEALTH_UNKNOWN)
        return count > 0 && looks[count - 1] == HEALTH_OK ? HEALTH_OK : HEALTH_UNKNOWN;
    if (count < needed || count_at_least(looks, count - needed, count, (int)now) > 0)
        return now;
    level = HEALTH_UNKNOWN;
    for (i = count - needed; i < count; i++)
        level = looks[i] > level ? looks[i] : level;
    return (enum health_level)level;
}

void level_remember(unsigned char looks[HEALTH_HISTORY], int *count, enum health_level look)
{
    if (*count == HEALTH_HISTORY) {
        memmove(looks, looks + 1, HEALTH_HISTORY - 1);
        *count = HEALTH_HISTORY - 1;
    }
    looks[(*count)++] = (unsigned char)look;
}

/* As JSON has it; zeros in front (ZEROFILL) it has not. */
int level_parse_number(const char *text, size_t len, double *value)
{
    json_error_t why;
    json_t *number;
    bool no_memory;
    int rc = -1;

    *value = 0;
    if (len == 0 || len > NUMBER_MAX || strspn(text, "+-.0123456789eE") != len)
        return -1;
    while (text[0] == '0' && text[1] >= '0' && text[1] <= '9')
        text++;
    number =
        json_read(text, strlen(text), JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &why, &no_memory);
    if (json_is_real(number) && isfinite(json_real_value(number))) {
        *value = json_real_value(number);
        rc = 0;
    }
    json_decref(number);
    return rc;
}

int level_parse_word(const char *text, enum health_level *level)
{
    int i;

    for (i = HEALTH_OK; i <= HEALTH_CRITICAL; i++) {
        if (strcasecmp(text, health_level_name((enum health_level)i)) == 0) {
            *level = (enum health_level)i;
            return 0;
        }
    }
    return -1;
}
