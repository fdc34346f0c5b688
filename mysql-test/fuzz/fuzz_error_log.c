/*
  fuzz_error_log.c - bytes of an error log, cut at a place that the first of them names: what is
  counted does not hang on the cut, and the newest error is text that can be shown.
*/
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "health/log_scan.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(int condition)
{
    if (!condition)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct log_scan whole, cut;
    size_t piece = size > 0 ? data[0] + 1u : 1, at, lines = 0, i, text;
    const char *bytes = (const char *)data;

    memset(&whole, 0, sizeof(whole));
    memset(&cut, 0, sizeof(cut));
    log_scan_feed(&whole, bytes, size);
    for (at = 0; at < size; at += piece)
        log_scan_feed(&cut, bytes + at, size - at < piece ? size - at : piece);
    for (i = 0; i < LINE_SEVERITIES; i++) {
        need(whole.count[i] == cut.count[i]);
        lines += whole.count[i];
    }
    need(strcmp(whole.newest, cut.newest) == 0);
    need(utf8_valid(whole.newest, strlen(whole.newest)));
    for (i = 0; whole.newest[i]; i++)
        need((unsigned char)whole.newest[i] >= ' ' && whole.newest[i] != 127);
    for (i = 0, at = 0; i < size; i++)
        at += data[i] == '\n';
    need(lines <= at);
    log_line_severity(bytes, size, &text);
    need(text <= size);
    return 0;
}
