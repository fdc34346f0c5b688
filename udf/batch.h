/*
  batch.h - batches of changes that an application hands in as one JSON text: read in one pass,
  checked member by member, and written anew in a canonical form. Pure.

  A batch is an array of objects, or an object with options and the array:
    [{"gadget_id":1,"new_quantity":15}]
    {"policy":"reject","idempotency_key":"po-4711","items":[{"gadget_id":1,"delta":-2}]}
  Unknown and repeated members, wrong types, fractions and numbers out of range are refused, with
  the number of the element (from 1), the line and the column (in bytes). Nothing is nested deeper
  than that, so nesting is refused where it begins. No recursion; the memory is bounded by the
  input.

  The canonical form has no blanks, members in a fixed order, and of an object with options all of
  them, "items" last.
*/
#ifndef PURSER_BATCH_H
#define PURSER_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "error.h"

#define BATCH_MAX ((size_t)64 << 20) /* bytes of input */
#define BATCH_ORDER_ITEMS_MAX 100000 /* elements: each gets all its defaults */
#define BATCH_OUT_MAX ((size_t)96 << 20)

/** Asked every few hundred elements: is the result still wanted? */
typedef bool batch_stop(void);

/**
  @param text,len  borrowed, UTF-8
  @param stop      may be NULL
  @param out       initialised by the caller with a maximum; the canonical batch is appended to it
  @retval 0  @retval -1  out holds nothing of use; err says what is wrong and where (ERROR_STOPPED
  where `stop` said so)
*/
typedef int batch_function(const char *text, size_t len, batch_stop *stop, struct buf *out,
                           struct error *err);

/** Elements {gadget_id, new_quantity or delta}, sorted by gadget_id, each id once. */
batch_function batch_stock;
/** The same as rows without names or options, [id, quantity] and [id, null, delta]: the server
   takes them apart faster. */
batch_function batch_stock_rows;
/** Elements of an order, in their order, with all defaults and totals written out. */
batch_function batch_order_items;
/** Elements {user_id, status}, sorted by user_id, each id once. */
batch_function batch_subscriptions;

#endif
