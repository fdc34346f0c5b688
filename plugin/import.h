/* import.h - a merchant's export of a gateway's records, as CSV or JSON text, to records. */
#ifndef PURSER_IMPORT_H
#define PURSER_IMPORT_H

#include "gateway.h"

/**
  Go over the text twice: nothing is handed out unless every row is good. (Where put() fails, the
  caller takes back what it was given by rolling its transaction back.)
  The mapping is settings.columns of the gateway:
  {"transaction_ref":"tx_ref","amount":"Amount", "currency":"Currency",
  "status":"Status","created_at":"Date", "gateway_transaction_id":"Reference", "fee":…,
  "completed_at":…, "kind":…, "parent_id":…}; absent: the names themselves. Required: amount,
  created_at, and one of transaction_ref and gateway_transaction_id. settings.default_currency,
  settings.minor_units (true: amounts are cents), settings.time_zone of times without an offset,
  settings.status_map {"Successful":"captured",…}.

  @param format  out: "csv" or "json" (a JSON array of objects, an object whose member "data",
                 "payments" or "transactions" is one, or JSON lines)
  @param put     called for each record, in the order of the text
  @retval number of records (a row that is there twice counts once)  @retval -1 with err: line or
  element, column, what is wrong
*/
long long import_parse(const struct gateway *gateway, const char *text, size_t len,
                       const char **format,
                       int (*put)(void *context, const struct record *record, struct error *err),
                       void *context, struct error *err);

#endif
