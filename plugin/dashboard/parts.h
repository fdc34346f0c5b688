/*
  parts.h - the parts of the page, each in a file of its own; dashboard.c puts them together.

  A page is written under a budget: whoever writes something long first looks whether there is room.
*/
#ifndef PURSER_DASHBOARD_PARTS_H
#define PURSER_DASHBOARD_PARTS_H

#include "../../udf/buf.h"
#include "../../udf/json.h"
#include "../health/snapshot.h"

/* What the parts are written from, and to. */
struct page {
    const struct snapshot *snapshot;
    struct buf *out;
    size_t begin;   /* bytes that were in out before */
    int64_t now;    /* UTC microseconds: when this page is made */
    bool is_stale;  /* the snapshot is */
    size_t omitted; /* checks and parts that were not shown, for want of room */
};

/** Bytes of the page so far. */
size_t page_length(const struct page *page);

/* checks.c */
void page_issues(struct page *page); /* what is not ok, in the banner */
void page_checks(struct page *page); /* all of them, by service */

/* chart.c */
void page_reconciliation(struct page *page);

/* panels.c */
void page_discrepancies(struct page *page);
void page_alerts(struct page *page);
void page_outbox(struct page *page);
void page_audit(struct page *page);
void page_rate_limits(struct page *page);

/* usage.c */
void page_usage(struct page *page);

/* report.c: members of the report, whatever is in it */

/** A member of the report that is an object or an array. @return borrowed; NULL: there is none */
const json_t *report_object(const struct page *page, const char *key);
const json_t *report_array(const struct page *page, const char *key);
/** @return borrowed; "" where there is none, or where it is no text */
const char *report_text(const json_t *object, const char *key);
/** A number that is not below 0 as a whole one. @retval false there is none */
bool report_count(const json_t *object, const char *key, int64_t *count);
/** The same, 0 where there is none. */
int64_t report_count_or_0(const json_t *object, const char *key);
/** @retval false no moment */
bool report_moment(const json_t *object, const char *key, int64_t *moment);
/** As <time>, or what stands there. */
void report_put_moment(struct page *page, const json_t *object, const char *key);
/** A count in thousands, or a dash where there is none. */
void report_put_count(struct page *page, const json_t *object, const char *key);
enum health_level report_level(const json_t *object, const char *key);
/** Counts by type as a list; nothing where there are none. @param critical  the type that is shown
    as critical; NULL: none */
void report_put_types(struct page *page, const json_t *types, const char *critical);

/** The head of a panel. @param note  beside the heading; NULL: none */
void panel_begin(struct page *page, const char *id, const char *title, const char *note);
void panel_end(struct page *page);
/** "Nothing is known of it yet", where the report does not say. */
void panel_unknown(struct page *page);

#endif
