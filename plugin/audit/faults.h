/*
  faults.h - what a verification of the audit log has found, bounded.

  Of each kind the first hundred are kept with their ids, where neighbours are one fault; the rest
  is counted. One thread at a time.
*/
#ifndef PURSER_AUDIT_FAULTS_H
#define PURSER_AUDIT_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULTS_KEPT 100
#define FAULT_DETAIL 512

enum fault_kind {
    FAULT_CHANGED,  /* a row is not what it was when it was sealed */
    FAULT_MISSING,  /* a sealed row is gone */
    FAULT_INSERTED, /* a row that was never sealed, under an id that is closed */
    FAULT_MOVED,    /* a sealed row stands under another id */
    FAULT_SEAL,     /* a seal is missing, was changed or contradicts another */
    FAULT_SIGNATURE,
    FAULT_TREE,     /* a stored hash is missing or was changed */
    FAULT_CUT,      /* the log is shorter than a checkpoint from outside says */
    FAULT_REPLACED, /* it is another log than the one of a checkpoint from outside */
    FAULT_KINDS
};

struct fault {
    bool has_ids;
    uint64_t first_id, last_id; /* of rows */
    uint64_t seal;              /* 0: none */
    uint64_t rows;              /* concerned; 0: none are counted */
    char detail[FAULT_DETAIL];
};

struct faults {
    struct fault kept[FAULT_KINDS][FAULTS_KEPT];
    int count[FAULT_KINDS];         /* of those kept */
    uint64_t more[FAULT_KINDS];     /* rows, or others, that were not kept */
    uint64_t last_row[FAULT_KINDS]; /* the row that was told last */
    uint64_t total;                 /* of all kinds: rows, or others */
};

/** A row. It is one with the fault before when it says the same and no sealed row lies between.
    @param before  the row that comes before this one in the log, 0 for none */
void faults_row(struct faults *faults, enum fault_kind kind, uint64_t id, uint64_t before,
                const char *detail);

/** Anything else. @param first_id,last_id,seal,rows  0 where they do not apply */
void faults_add(struct faults *faults, enum fault_kind kind, const struct fault *fault,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

const char *fault_name(enum fault_kind kind);

#endif
