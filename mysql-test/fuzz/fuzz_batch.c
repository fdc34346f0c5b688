/*
  fuzz_batch.c - batches of any bytes: clang's libFuzzer, with AddressSanitizer and UBSan.
  The first byte chooses the family. What is accepted must be accepted again, unchanged.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/batch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static batch_function *const families[] = {batch_stock, batch_order_items, batch_subscriptions};

static void must(int holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf out, again;
    struct error err = {0};
    batch_function *family;
    int rc;

    if (size == 0)
        return 0;
    family = families[data[0] % 3];
    buf_init(&out, BATCH_OUT_MAX);
    buf_init(&again, BATCH_OUT_MAX);
    rc = family((const char *)data + 1, size - 1, NULL, &out, &err);
    must((rc == 0) == (err.code == ERROR_NONE));
    must(rc == 0 || strlen(err.text) > 0);
    if (rc == 0) {
        must(family(out.data, out.len, NULL, &again, &err) == 0);
        must(out.len == again.len && memcmp(out.data, again.data, out.len) == 0);
        buf_clear(&again);
        must(family != batch_stock || batch_stock_rows(out.data, out.len, NULL, &again, &err) == 0);
    }
    buf_free(&out);
    buf_free(&again);
    return 0;
}
