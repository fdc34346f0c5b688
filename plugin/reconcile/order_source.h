/* order_source.h - which orders an order-driven gateway is asked about, page by page. */
#ifndef PURSER_ORDER_SOURCE_H
#define PURSER_ORDER_SOURCE_H

#include "examine.h"
#include "open_findings.h"
#include "run.h"

#define ORDER_PAGE 500
#define ORDER_ID_MAX 1024 /* bytes with the NUL; 255 characters fit */

enum order_source_kind { ORDERS_OF_DAY, ORDERS_OPEN };

struct order_source {
    enum order_source_kind kind;
    struct job *job;
    int64_t begin, end;                  /* created_at, UTC; of ORDERS_OPEN the unpaid ones */
    char after_time[TIMESTAMP_SQL_SIZE]; /* keyset: the last row that was handed out, "" at first */
    char after_id[ORDER_ID_MAX];         /* whole: cut, it would come again for ever */
    struct open_findings findings;       /* of ORDERS_OPEN: these come first */
    bool findings_done;
    const struct doubt *given; /* borrowed; instead of all that */
    int n_given, given_done;
    struct gateway_order *page; /* owned: the orders handed out last */
    int count;
    bool handed_out;
};

/** All orders of the job's day that carry a reference. @param cursor  of an earlier attempt, or ""
 */
int order_source_of_day(struct order_source *source, struct job *job, const char *cursor,
                        struct error *err);

/** Orders with an open discrepancy within the job's lookback (outside of its day), then orders
   created within [begin, end) that nobody has paid. */
int order_source_of_open(struct order_source *source, struct job *job, int64_t begin, int64_t end,
                         struct error *err);

/** Orders with the references of these; none where n is 0. @param doubts borrowed until deinit */
int order_source_of_doubts(struct order_source *source, struct job *job, const struct doubt *doubts,
                           int n, struct error *err);
void order_source_deinit(struct order_source *source);

/** The next page. @return how many, 0 at the end, -1 with err */
int order_source_next(struct order_source *source, struct gateway_order *orders, int max,
                      struct error *err);

/** Where to go on after what was handed out so far. @retval false there is nothing to save yet */
bool order_source_cursor(const struct order_source *source, char *cursor, size_t size);

/** Judge the orders handed out last. */
int order_source_examine(struct order_source *source, struct examine *examine, struct error *err);

#endif
