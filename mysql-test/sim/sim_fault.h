/*
  sim_fault.h - what a gateway is made to do wrong.

  The faults of a gateway are a list; each request is held against all of them, in order. Of the
  faults that would replace the answer only the first counts, the others are not used up by that
  request.
*/
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim_data.h"
#include "sim_json.h"
#include "sim_text.h"

#include <stdbool.h>

enum sim_fault_kind {
    /* wait, then go on */
    SIM_FAULT_DELAY,
    /* change what the answer says */
    SIM_FAULT_WRONG_TYPES,
    SIM_FAULT_REPEATED_CURSOR,
    SIM_FAULT_ENDLESS_PAGES,
    SIM_FAULT_DUPLICATE_RECORDS,
    SIM_FAULT_FOREIGN_NEXT,
    SIM_FAULT_NOT_FOUND_400,
    /* replace the answer */
    SIM_FAULT_STATUS,
    SIM_FAULT_NOT_JSON,
    SIM_FAULT_REDIRECT,
    SIM_FAULT_HUGE_BODY,
    SIM_FAULT_HANG,
    SIM_FAULT_DROP_CONNECTION,
    /* damage how it is sent */
    SIM_FAULT_TRUNCATED_JSON,
    SIM_FAULT_WRONG_CONTENT_LENGTH,
    SIM_FAULT_FIRST_BYTE_STALL,
    SIM_FAULT_SLOW_BODY,
    SIM_FAULT_KINDS
};

#define SIM_FAULT_TEXT 512
#define SIM_FAULTS_MAX 64

struct sim_fault {
    enum sim_fault_kind kind;
    char path[SIM_FAULT_TEXT]; /* "": every request */
    long after;                /* so many matching requests pass first */
    long times;                /* -1: without limit */
    long seen, fired;
    int ms;      /* delay, first_byte_stall; slow_body: between two pieces */
    int code;    /* status, redirect */
    int amount;  /* slow_body: bytes a piece; huge_body: MiB; wrong_content_length: more bytes */
    bool reset;  /* drop_connection: RST in place of FIN */
    bool middle; /* drop_connection: after half of the body */
    bool data_string;         /* status: PayChangu's "data":"null" */
    char retry_after[64];     /* "": no such header */
    int retry_after_date;     /* seconds from now, sent as an HTTP date; -1: none */
    char what[16];            /* wrong_types */
    char url[SIM_FAULT_TEXT]; /* redirect, foreign_next */
    char error_code[64];      /* status, Square: in place of the usual one */
    char *body;               /* status, not_json: in place of the usual one; owned */
};

/* What is to happen to one request: the faults that fired, put together. */
struct sim_plan {
    int delay_ms;
    bool wrong_amount, wrong_status, wrong_list;
    bool repeated_cursor, endless_pages, duplicate_records, not_found_400;
    char foreign_next[SIM_FAULT_TEXT]; /* "": no */
    struct sim_fault answer;           /* .kind: SIM_FAULT_KINDS where none */
    struct sim_fault delivery;         /* .kind: SIM_FAULT_KINDS where none */
};

extern const char *const sim_fault_names[SIM_FAULT_KINDS];

/**
  Set faults from {"gateway":"square","faults":[…],"add":true}; without add the gateway's former
  faults go. @return 0, or -1 with error, nothing changed
*/
int sim_fault_set(const json_t *request, char *error, size_t error_size);
/** Remove faults. @param gateway  -1: of all */
void sim_fault_clear(int gateway);
/** Append all faults with how often they were seen and fired, as JSON. */
void sim_fault_show(struct sim_text *t);

/** Hold a request against the faults and note those that fire. @param target  path with query */
void sim_fault_match(enum sim_gateway gateway, const char *target, struct sim_plan *plan);
/** Release what a plan holds. */
void sim_plan_free(struct sim_plan *plan);

#endif
