/* sysvar_text.h - the texts of SET statements: what the check functions of sysvars.c share. */
#ifndef PURSER_SYSVAR_TEXT_H
#define PURSER_SYSVAR_TEXT_H

#include <mysql/plugin.h>

#include "../udf/error.h"

/** The text of a SET, in a buffer of ours; NULL where it is NULL or too long (err says so). */
const char *sysvar_text(struct st_mysql_value *value, char *buffer, int size, struct error *err);

/** What a check function hands to its update function: the server keeps the pointer only, so the
    text goes into the statement's own memory (several variables may be set in one statement).
    @return 0, or 1 where there is no memory */
int sysvar_hand_over(MYSQL_THD thd, const char *text, void *save);

/** A check function refuses. @return 1 */
int sysvar_refuse(const struct error *err);

#endif
