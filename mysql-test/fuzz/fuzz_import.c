/*
  fuzz_import.c - exports of a merchant's, and how the settings say they are read: clang's
  libFuzzer, with AddressSanitizer and UBSan. Up to the first zero byte the settings of the gateway,
  then the text. Nothing is handed out of a text with a bad row, and no error repeats a cell.
*/
#include <stdint.h>

#include "../../plugin/import.h"
#include "../../udf/csv.h"
#include "../../udf/timestamp.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int put(void *context, const struct record *record, struct error *err)
{
    (void)err;
    ++*(long long *)context;
    fuzz_must(record->id[0] != '\0' && strnlen(record->id, sizeof(record->id)) < RECORD_ID_SIZE);
    fuzz_must(strnlen(record->ref, sizeof(record->ref)) < RECORD_REF_SIZE);
    fuzz_must(currency_exponent(record->currency) >= 0 || strlen(record->currency) == 3);
    fuzz_must(record->amount != MONEY_ABSENT && record->amount >= 0);
    return 0;
}

static void import(struct gateway *gateway, const char *text, size_t len)
{
    const char *format = NULL;
    struct error err = {0};
    long long given = 0, count = import_parse(gateway, text, len, &format, put, &given, &err);

    fuzz_must((count < 0) == (err.code != ERROR_NONE) && format != NULL);
    /* a row that is there twice is given twice, and counts once */
    fuzz_must(count < 0 ? given == 0 : given >= count && (given == 0) == (count == 0));
}

/* Whatever the delimiter: each field has its NUL, and after an error nothing comes. */
static void read_csv(const char *text, size_t len)
{
    static const char delimiters[] = {0, ',', ';', '\t', '|'};
    const struct csv_field *fields;
    size_t i, k, count, line, last;

    for (i = 0; i < sizeof(delimiters); i++) {
        struct error err = {0};
        struct csv *csv = csv_create(text, len, delimiters[i], &err);
        int rc = 0;

        fuzz_must((csv == NULL) == (err.code != ERROR_NONE));
        for (last = 0; csv && (rc = csv_next(csv, &fields, &count, &line, &err)) == 1;) {
            fuzz_must(count >= 1 && count <= CSV_FIELDS_MAX && line > last);
            last = line;
            for (k = 0; k < count; k++)
                fuzz_must(strlen(fields[k].text) == fields[k].len);
        }
        if (csv)
            fuzz_must(csv_next(csv, &fields, &count, &line, NULL) == rc);
        csv_destroy(csv);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t head = zero ? (size_t)(zero - data) : 0, rest = zero ? size - head - 1 : size;
    char *settings = fuzz_text(data, head);
    /* without a NUL behind it */
    char *text = malloc(rest + (rest == 0));
    struct gateway gateway;
    struct error err = {0};

    fuzz_must(text != NULL);
    if (rest)
        memcpy(text, zero ? zero + 1 : data, rest);
    if (gateway_init(&gateway, "bank", "file", NULL, head ? settings : "{}", head ? head : 2,
                     &err) == 0)
        import(&gateway, text, rest);
    else
        fuzz_must(err.code == ERROR_CONFIG && err.text[0]);
    gateway_deinit(&gateway);
    read_csv(text, rest);
    free(text);
    free(settings);
    return 0;
}
