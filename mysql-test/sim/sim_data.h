/*
  sim_data.h - the records the simulated gateways know.

  One store for the process. Threads that serve requests hold the read lock while they use records;
  whoever changes the store holds the write lock, and calls sim_data_commit() before releasing it.
  All functions but the three of the lock expect it to be held.
*/
#ifndef SIM_DATA_H
#define SIM_DATA_H

#include "sim_index.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sim_gateway { SIM_SQUARE, SIM_PAYCHANGU, SIM_GATEWAYS };
enum sim_kind { SIM_PAYMENT, SIM_REFUND, SIM_KINDS };
enum sim_endpoint { SIM_CHECKOUT, SIM_MOBILE_MONEY, SIM_BANK, SIM_CARD, SIM_ENDPOINTS };
enum sim_form { SIM_FORM_AUTO, SIM_FORM_INT, SIM_FORM_REAL, SIM_FORM_STRING, SIM_FORM_RAW };
enum sim_order { SIM_BY_CREATED, SIM_BY_UPDATED, SIM_ORDERS };

/* Strings live as long as the record does and are never NULL unless said. */
struct sim_record {
    const char *id;
    const char *reference;    /* NULL: none */
    const char *payment_id;   /* refunds: NULL: unlinked */
    const char *status;       /* the normalised word */
    const char *raw_status;   /* NULL: the gateway's word for status */
    const char *raw_currency; /* NULL: the currency */
    const char *raw_id;       /* NULL: the id */
    const char *amount_text;  /* as it was given */
    const char *mode;         /* NULL: the endpoint's default */
    const char *source_type;
    int64_t amount, fee, refunded, tip;  /* minor units */
    int64_t created, updated, completed; /* UTC microseconds; completed may be SIM_NO_TIME */
    int32_t attempts;
    uint16_t location;
    uint8_t gateway, kind, endpoint, form, exponent;
    bool has_fee, dead;
    char currency[4];
};

/* An element of a list in order of (time, record). */
struct sim_entry {
    int64_t time;
    uint32_t record;
    uint16_t location;
};

struct sim_location {
    const char *id, *timezone, *currency;
    bool inactive;
};

#define SIM_LOCATIONS_MAX 256

extern const char *const sim_gateway_names[SIM_GATEWAYS];
extern const char *const sim_kind_names[SIM_KINDS];
extern const char *const sim_endpoint_names[SIM_ENDPOINTS];

/** Position of a word in one of the lists above (or any list). @return -1 where it is not there */
int sim_word(const char *const *words, int count, const char *word);

/** Start with locations L1..Lk. @return 0, or -1: no memory */
int sim_data_init(int locations);
/** Forget all records and all locations but the first ones. */
void sim_data_clear(void);
/** Release everything, at the end of the process. */
void sim_data_free(void);

void sim_data_lock_read(void);
void sim_data_lock_write(void);
void sim_data_unlock(void);

/** Copy a text into the store. @return borrowed from the store; NULL: no memory */
const char *sim_data_keep(const char *text);
/** The same for texts of which there are few different ones (statuses, modes). */
const char *sim_data_keep_word(const char *text);

/** Add a record, in place of one of the same gateway, kind and id. @return 0, or -1: no memory, or
    more than 2^32 - 2 records */
int sim_data_add(const struct sim_record *record);
/** Remove by id. @param kind  -1: any @return how many */
unsigned sim_data_remove(enum sim_gateway gateway, int kind, const char *id);
/** Put the lists in order after changes. */
void sim_data_commit(void);

/** Record by number (from an entry or an index). */
const struct sim_record *sim_data_record(uint32_t number);
/** Record by id, or NULL. */
const struct sim_record *sim_data_find(enum sim_gateway gateway, enum sim_kind kind,
                                       const char *id);
/** Walk the payments of a reference, newest addition first: start with SIM_NONE, until it returns
 * it. */
uint32_t sim_data_next_payment(enum sim_gateway gateway, const char *reference, uint32_t before);
/** Walk Square's refunds of a payment in the same way. */
uint32_t sim_data_next_refund(const char *payment_id, uint32_t before);
/** A list in order, without removed records. @return borrowed until the lock is released */
const struct sim_entry *sim_data_list(enum sim_gateway gateway, enum sim_kind kind,
                                      enum sim_order order, size_t *count);

/** Number of a location, added where it is new. @return -1: too many, or no memory */
int sim_data_location(const char *id);
/** Number of a location. @return -1 where it is unknown */
int sim_data_find_location(const char *id);
/** Locations by number, the main one first. */
struct sim_location *sim_data_locations(int *count);

#endif
