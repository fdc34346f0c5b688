/*
  compose.h - what a message about alerts says: subject, text, HTML and JSON. Pure; any thread.

  Names and messages of checks are data: what is no printable UTF-8 becomes a blank or a question
  mark, and HTML is escaped. Details (a server's error text) go into mails only.
*/
#ifndef PURSER_ALERT_COMPOSE_H
#define PURSER_ALERT_COMPOSE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../udf/buf.h"
#include "../../udf/error.h"
#include "../health/snapshot.h"
#include "decide.h"

#define ALERT_KEY_SIZE 72
#define COMPOSE_SUBJECT_SIZE 401
#define COMPOSE_MAX (1u << 20)  /* bytes of each part */
#define COMPOSE_DETAIL_MAX 4096 /* bytes of one detail */

/* A check of which something is told. */
struct alert_change {
    const char *check, *service; /* borrowed */
    enum health_level level;     /* what it is now */
    enum health_level was;       /* of RESOLVED: what was told before */
    int64_t since;               /* UTC microseconds: of RESOLVED, when it began */
    unsigned repeats;
    const char *message; /* borrowed, as the snapshot has it */
    const char *detail;  /* borrowed; NULL: none, or none is to be told */
};

struct alert_report {
    enum alert_told told;
    const char *rule;
    const struct snapshot *snapshot; /* with the server's name */
    int64_t now;
    const struct alert_change *changes; /* the worst first */
    int change_count;
    int64_t unique_at; /* makes the key another one; 0: it follows from what is told alone */
};

struct alert_message {
    char subject[COMPOSE_SUBJECT_SIZE];
    struct buf text, html, json; /* of COMPOSE_MAX; released by the caller */
};

/** @param[out] message  zeroed first; alert_message_free releases it @retval 0 @retval -1 no
   memory, or too long */
int alert_compose(const struct alert_report *report, struct alert_message *message,
                  struct error *err);
void alert_message_free(struct alert_message *message);

/** What makes this message this one, however often it is made: "alert:" and a digest of the rule,
    the server, what is told, unique_at, and each check with its level and the moment that it took
    it on. @retval 0 or -1 no memory */
int alert_dedup_key(const struct alert_report *report, char key[ALERT_KEY_SIZE]);

/** How a message writes a level: bad ones in capitals. */
const char *alert_level_word(enum health_level level);

/** Append text as valid UTF-8 in one line. */
void alert_put_clean(struct buf *out, const char *text);

#endif
