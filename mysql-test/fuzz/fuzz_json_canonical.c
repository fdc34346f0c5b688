/*
  fuzz_json_canonical.c - JSON of any bytes: clang's libFuzzer, with AddressSanitizer and UBSan.
  The text up to the first zero byte is the old record, the rest the new one. What is accepted has a
  canonical form, which has itself as its form; a diff is JSON, and there is none with oneself.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../udf/audit.h"
#include "../../udf/json.h"
#include "../../udf/json_text.h"
#include "../../udf/utf8.h"

#define OUT_MAX (1u << 26)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

/* @retval 0 out has the form @retval -1 the text is none */
static int canonical(const char *text, size_t len, struct buf *out)
{
    struct error err = {0};
    int rc = json_text_check(text, len, NULL, &err);

    if (rc == 0)
        rc = json_canonical_append(out, json_text_blanks(text), text, NULL, &err);
    must((rc == 0) == (err.code == ERROR_NONE));
    must(rc == 0 || strlen(err.text) > 0);
    return rc;
}

static void check_form(const char *text, size_t len)
{
    struct buf form, again;

    buf_init(&form, OUT_MAX);
    buf_init(&again, OUT_MAX);
    if (canonical(text, len, &form) == 0) {
        must(canonical(form.data, form.len, &again) == 0);
        must(form.len == again.len && memcmp(form.data, again.data, form.len) == 0);
        buf_clear(&again);
        must(audit_diff(text, len, form.data, form.len, &again, NULL, NULL) == 0);
        must(again.len == 0);
    }
    buf_free(&form);
    buf_free(&again);
}

static void check_diff(const char *old_json, size_t old_len, const char *new_json, size_t new_len)
{
    struct error err = {0};
    struct buf out;
    json_t *diff;
    int rc;

    buf_init(&out, OUT_MAX);
    rc = audit_diff(old_json, old_len, new_json, new_len, &out, NULL, &err);
    must((rc < 0) == (err.code != ERROR_NONE));
    /* it is one level deeper than the records */
    must(rc <= 0 || json_text_check(out.data, out.len, NULL, &err) == 0 ||
         strstr(err.text, "nested too deeply"));
    /* and so says another parser, but for what it takes for too large a number or for a name with a
       zero in it */
    if (rc > 0 && !strstr(out.data, "\\u0000") && !strpbrk(out.data, "0123456789")) {
        diff = json_parse(out.data, out.len, &err);
        must(json_object_size(diff) > 0);
        json_decref(diff);
    }
    buf_free(&out);
}

static void check_leaf(const char *one, size_t len, const char *other, size_t other_len)
{
    const struct crypto_piece fields[] = {{one, len}, {NULL, 0}, {other, other_len}};
    unsigned char hash[CRYPTO_SHA256_SIZE];
    int rc = audit_leaf(fields, 3, hash, NULL);

    /* beside UTF-8 it takes halves of surrogate pairs, which begin with ED */
    if (rc == 0)
        must((utf8_valid(one, len) || memchr(one, 0xED, len)) &&
             (utf8_valid(other, other_len) || memchr(other, 0xED, other_len)));
    else
        must(!utf8_valid(one, len) || !utf8_valid(other, other_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t first = zero ? (size_t)(zero - data) : size, second = zero ? size - first - 1 : 0;
    /* of just their sizes, for AddressSanitizer to look at */
    char *one = malloc(first + 1), *other = malloc(second + 1);

    if (one && other) {
        one = realloc(one, first + (first == 0));
        other = realloc(other, second + (second == 0));
        must(one && other);
        if (first)
            memcpy(one, data, first);
        if (second)
            memcpy(other, zero + 1, second);
        check_form(one, first);
        check_diff(one, first, other, second);
        check_diff(NULL, 0, one, first);
        check_leaf(one, first, other, second);
    }
    free(one);
    free(other);
    return 0;
}
