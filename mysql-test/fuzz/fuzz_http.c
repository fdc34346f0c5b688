/*
  fuzz_http.c - what HTTP clients and token files may hold: clang's libFuzzer, with AddressSanitizer
  and UBSan. Up to the first zero byte a token file, then a header. A text of any bytes becomes JSON
  that a parser takes, and that holds neither keyword.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/http/answer.h"
#include "../../plugin/http/auth.h"
#include "../../plugin/http/cors.h"
#include "../../plugin/http/json_out.h"
#include "../../plugin/http/prom_out.h"
#include "../../plugin/http/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void write_texts(const char *text)
{
    struct prom_label label = {"label", text};
    struct json_out out = {0};
    struct buf to;
    json_t *document;

    buf_init(&to, 1u << 20);
    out.to = &to;
    json_out_begin(&out, '{');
    json_out_key(&out, text);
    json_out_text(&out, text);
    json_out_end(&out, '}');
    must(!to.failed && !strstr(to.data, HTTP_KEYWORD_GOOD) && !strstr(to.data, HTTP_KEYWORD_BAD));
    document = json_parse(to.data, to.len, NULL);
    must(document != NULL);
    buf_clear(&to);
    out.comma = false;
    json_out_value(&out, document);
    must(!to.failed && !strstr(to.data, HTTP_KEYWORD_GOOD) && !strstr(to.data, HTTP_KEYWORD_BAD));
    json_decref(document);
    buf_clear(&to);
    prom_sample(&to, "name", &label, 1, 1);
    must(!to.failed && strchr(to.data, '\n') == to.data + to.len - 1);
    buf_free(&to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t file_len = zero ? (size_t)(zero - data) : size;
    size_t header_len = zero ? size - file_len - 1 : 0;
    char *file = malloc(file_len + 1), *header = malloc(header_len + 1);
    struct auth auth;
    struct error err = {0};

    must(file && header);
    if (file_len)
        memcpy(file, data, file_len);
    if (header_len)
        memcpy(header, zero + 1, header_len);
    header[header_len] = file[file_len] = '\0';
    must((auth_parse(file, file_len, &auth, &err) == 0) == (auth.mode == AUTH_TOKENS));
    auth_allows(&auth, header);
    must(auth.mode == AUTH_TOKENS || !auth_allows(&auth, header));
    must(!auth_allows(&auth, NULL));
    http_form_of(header);
    http_route_find(header);
    if (cors_check_origin(header, NULL) == 0)
        must(!strpbrk(header, "\r\n ,"));
    write_texts(header);
    free(file);
    free(header);
    return 0;
}
