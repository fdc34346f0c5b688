/*
  fuzz_cli.c - what the command purser is given, on its command line and by a server that may not be
  ours: clang's libFuzzer, with AddressSanitizer and UBSan. What it writes as JSON is JSON of the
  same value, nothing that drives a terminal gets to one, and a value that is taken is what goes
  into SQL without quotes.
*/
#include <stdint.h>

#include "../../clients/cli/json_check.h"
#include "../../clients/cli/text.h"
#include "../../clients/cli/value.h"
#include "../../clients/cli/watch.h"
#include "../../udf/json.h"
#include "../../udf/utf8.h"
#include "fuzz.h"

#undef json_is_number /* jansson's; the command, which does not use jansson, has its own */
#define OUT_MAX ((size_t)1 << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void watch_hold(bool hold)
{
    (void)hold;
}

/* Nothing is left that drives a terminal, so that doing it again changes nothing. */
static void is_plain(const struct buf *text, bool lines)
{
    struct buf again;

    buf_init(&again, OUT_MAX);
    text_for_terminal(&again, text->data, text->len, lines);
    fuzz_must(again.len == text->len);
    fuzz_must(text->len == 0 || memcmp(again.data, text->data, text->len) == 0);
    fuzz_must(utf8_valid(text->data, text->len));
    text_width(text->data, text->len);
    buf_free(&again);
}

static void write_text(const char *bytes, size_t len)
{
    struct buf out;
    json_t *json;

    buf_init(&out, OUT_MAX);
    text_for_terminal(&out, bytes, len, len & 1);
    is_plain(&out, len & 1);
    buf_clear(&out);
    text_as_utf8(&out, bytes, len);
    fuzz_must(utf8_valid(out.data, out.len));
    fuzz_must(!utf8_valid(bytes, len) || out.len == len);
    buf_clear(&out);
    text_to_json(&out, bytes, len);
    is_plain(&out, false);
    fuzz_must(json_is_valid(out.data, out.len));
    buf_clear(&out);
    fuzz_must(buf_puts(&out, "[") == 0);
    text_to_json(&out, bytes, len);
    fuzz_must(buf_puts(&out, "]") == 0);
    json = json_parse(out.data, out.len, NULL);
    fuzz_must(json || memchr(bytes, 0, len)); /* json_parse takes no \u0000 */
    if (json && utf8_valid(bytes, len))
        fuzz_must(json_string_length(json_array_get(json, 0)) == len &&
                  memcmp(json_string_value(json_array_get(json, 0)), bytes, len) == 0);
    json_decref(json);
    buf_free(&out);
}

/* A number and nothing else is so as JSON as well. */
static void check_json(const char *bytes, size_t len)
{
    bool is_valid = json_is_valid(bytes, len);
    json_t *json = json_parse(bytes, len, NULL), *again;
    struct buf out;

    fuzz_must(is_valid || !json || len >= 512); /* it may be too deep for us */
    fuzz_must(is_valid || !json_is_number(bytes, len));
    buf_init(&out, OUT_MAX);
    if (is_valid) {
        text_of_json(&out, bytes, len);
        is_plain(&out, true);
        fuzz_must(json_is_valid(out.data, out.len));
        again = json_parse(out.data, out.len, NULL);
        fuzz_must(!json == !again && (!json || json_equal(json, again)));
        json_decref(again);
    }
    json_decref(json);
    buf_free(&out);
}

static void check_value(const char *text)
{
    struct parameter parameter = {.name = "value", .form = "one|other", .help = "a value"};
    struct failure failure;
    struct buf out;
    char date[11];

    buf_init(&out, OUT_MAX);
    for (parameter.kind = KIND_TEXT; parameter.kind < KIND_FILE; parameter.kind++) {
        memset(&failure, 0, sizeof(failure));
        if (value_check(&parameter, text, &failure) != 0) {
            fuzz_must(failure.code == EXIT_USAGE && failure.text[0]);
            continue;
        }
        fuzz_must(failure.code == 0);
        buf_clear(&out);
        fuzz_must(value_append(&out, parameter.kind, text, &failure) == 0);
        if (value_is_number(parameter.kind))
            fuzz_must(json_is_number(out.data, out.len));
        if (parameter.kind != KIND_TEXT && parameter.kind != KIND_CHOICE)
            fuzz_must(strspn(out.data, "0123456789-:. ") == out.len);
        if (parameter.kind == KIND_DATE || parameter.kind == KIND_MOMENT) {
            date_from_days(date_to_days(text), date);
            fuzz_must(strncmp(date, text, 10) == 0);
        }
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char *bytes = malloc(size + (size == 0)); /* without a NUL behind it */

    fuzz_must(bytes != NULL);
    if (size > 0)
        memcpy(bytes, data, size);
    write_text(bytes, size);
    check_json(bytes, size);
    check_value(text);
    free(bytes);
    free(text);
    return 0;
}
