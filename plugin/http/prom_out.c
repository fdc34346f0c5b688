/* prom_out.c - see prom_out.h. */
#include "prom_out.h"

#include <math.h>

#include "../../udf/utf8.h"

void prom_family(struct buf *to, const char *name, const char *type, const char *help)
{
    buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_value(struct buf *to, const char *text)
{
    while (*text) {
        size_t length = utf8_character(text, UTF8_MOST);

        if (length == 0)
            buf_puts(to, "\xef\xbf\xbd");
        else if (*text == '\n')
            buf_puts(to, "\\n");
        else if (*text == '"' || *text == '\\')
            buf_printf(to, "\\%c", *text);
        else
            buf_append(to, text, length);
        text += length ? length : 1;
    }
}

void prom_sample(struct buf *to, const char *name, const struct prom_label *labels, int count,
                 double value)
{
    int i;

    buf_puts(to, name);
    for (i = 0; i < count; i++) {
        buf_printf(to, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        put_value(to, labels[i].value);
        buf_puts(to, i == count - 1 ? "\"}" : "\"");
    }
    if (isnan(value))
        buf_puts(to, " NaN\n");
    else if (isinf(value))
        buf_puts(to, value < 0 ? " -Inf\n" : " +Inf\n");
    else
        buf_printf(to, " %.15g\n", value);
}

void prom_single(struct buf *to, const char *name, const char *type, const char *help, double value)
{
    prom_family(to, name, type, help);
    prom_sample(to, name, NULL, 0, value);
}
