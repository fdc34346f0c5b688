/* examine.h - judges references by all that both sides have under them, whatever the day. */
#ifndef PURSER_EXAMINE_H
#define PURSER_EXAMINE_H

#include "run.h"

#define EXAMINE_BATCH 100 /* below the server's limit (200) for exact estimates of IN lists */

/* What a question is about: a reference, or, where a row has none, the row itself. */
enum subject_kind { SUBJECT_REF, SUBJECT_ORDER, SUBJECT_RECORD };

struct subject {
    enum subject_kind kind;
    char key[RECORD_REF_SIZE]; /* reference, order_id or gateway_transaction_id */
};

struct examine {
    struct job *job; /* borrowed */
    struct db *db;   /* borrowed; both reads and writes */
    bool count;      /* add orders and records of the job's day to its totals */
    bool whole;      /* absence is proof for orders of the job's day */
    bool stale; /* what changed of late was not read: a status that may change proves nothing */
    bool last;  /* what is in doubt (doubts.h) is counted, not put off */
    unsigned long long doubtful;
    struct subject batch[EXAMINE_BATCH];
    int n;
    struct examine_memory *memory; /* private */
};

int examine_init(struct examine *examine, struct job *job, struct error *err);
void examine_deinit(struct examine *examine); /* legal on a zeroed struct */

/** Ask about a subject; answers when the batch is full. The key is copied. */
int examine_add(struct examine *examine, enum subject_kind kind, const char *key,
                struct error *err);

/** Answer what is left. */
int examine_flush(struct examine *examine, struct error *err);

/** The gateway's tolerance and fee rule; absence is no proof in it. */
struct match_rules examine_rules(const struct gateway *gateway);

#endif
