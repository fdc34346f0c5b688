/* db_literal.h - values as SQL, by the formats of db.h. Pure; private to db.c and db_literal.c. */
#ifndef PURSER_DB_LITERAL_H
#define PURSER_DB_LITERAL_H

#include <stdarg.h>
#include <stddef.h>

#include "../udf/buf.h"
#include "../udf/error.h"

/** Writes a string literal, escaped as the connection wants it. @param text  NULL gives NULL */
typedef void literal_quoter(void *connection, struct buf *out, const char *text, size_t len);

/** @param format  as db.h describes it @retval 0 @retval -1 err: too long, or a bad format */
int literal_format(struct buf *out, literal_quoter *quote, void *connection, struct error *err,
                   const char *format, va_list *args);

#endif
