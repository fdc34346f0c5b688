/* db_literal.c - see db_literal.h. */
#include "db_literal.h"

#include <string.h>

#include "../udf/money.h"
#include "../udf/record.h"
#include "../udf/timestamp.h"

static void literal_money(struct buf *out, int64_t amount)
{
    char text[MONEY_TEXT_SIZE];

    if (amount == MONEY_ABSENT) {
        buf_puts(out, "NULL");
        return;
    }
    money_format(amount, text);
    buf_puts(out, text);
}

static void literal_moment(struct buf *out, int64_t moment)
{
    char text[TIMESTAMP_SQL_SIZE];

    if (moment == 0) {
        buf_puts(out, "NULL");
        return;
    }
    timestamp_format_sql(moment, text);
    buf_printf(out, "'%s'", text);
}

static void literal_day(struct buf *out, int32_t day)
{
    char text[DATE_TEXT_SIZE];

    date_format(day, text);
    buf_printf(out, "'%s'", text);
}

/* ---- the directives of db.h */

struct quoting {
    literal_quoter *quote;
    void *context;
};

enum directive {
    TEXT,
    BYTES,
    INT,
    LONG_LONG,
    UNSIGNED_LONG_LONG,
    MONEY,
    MOMENT,
    DAY,
    SQL,
    PERCENT
};

static const struct {
    const char *letters;
    enum directive directive;
} directives[] = {
    {"s", TEXT},   {".*s", BYTES}, {"d", INT}, {"lld", LONG_LONG}, {"llu", UNSIGNED_LONG_LONG},
    {"jd", MONEY}, {"td", MOMENT}, {"i", DAY}, {"p", SQL},         {"%", PERCENT}};

static void put_argument(const struct quoting *q, struct buf *out, enum directive directive,
                         va_list *args)
{
    const char *text;
    int len;

    switch (directive) {
    case TEXT:
        text = va_arg(*args, const char *);
        q->quote(q->context, out, text, text ? strlen(text) : 0);
        break;
    case BYTES:
        len = va_arg(*args, int);
        q->quote(q->context, out, va_arg(*args, const char *), (size_t)len);
        break;
    case INT:
        buf_printf(out, "%d", va_arg(*args, int));
        break;
    case LONG_LONG:
        buf_printf(out, "%lld", va_arg(*args, long long));
        break;
    case UNSIGNED_LONG_LONG:
        buf_printf(out, "%llu", va_arg(*args, unsigned long long));
        break;
    case MONEY:
        literal_money(out, va_arg(*args, int64_t));
        break;
    case MOMENT:
        literal_moment(out, va_arg(*args, int64_t));
        break;
    case DAY:
        literal_day(out, va_arg(*args, int));
        break;
    case SQL:
        buf_puts(out, va_arg(*args, const char *));
        break;
    case PERCENT:
        buf_puts(out, "%");
        break;
    }
}

/* Write one directive. @return what follows it in the format; NULL where it is none of ours */
static const char *put_directive(const struct quoting *q, struct buf *out, const char *letters,
                                 va_list *args)
{
    size_t i, len;

    for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        len = strlen(directives[i].letters);
        if (strncmp(letters, directives[i].letters, len) == 0) {
            put_argument(q, out, directives[i].directive, args);
            return letters + len;
        }
    }
    return NULL;
}

int literal_format(struct buf *out, literal_quoter *quote, void *context, struct error *err,
                   const char *format, va_list *args)
{
    const struct quoting q = {quote, context};
    const char *percent;

    while (format && (percent = strchr(format, '%')) != NULL) {
        buf_append(out, format, (size_t)(percent - format));
        format = put_directive(&q, out, percent + 1, args);
    }
    if (!format)
        return error_set(err, ERROR_SQL, "a statement's format has an unknown directive");
    buf_puts(out, format);
    if (out->failed)
        return error_set(err, ERROR_LIMIT, "a statement became too long, or memory ran out");
    return 0;
}
