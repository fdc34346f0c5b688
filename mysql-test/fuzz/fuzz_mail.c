/*
  fuzz_mail.c - mails and posts whose subject, text, HTML, names and addresses are any bytes:
  clang's libFuzzer, with AddressSanitizer and UBSan; a piece each, with a zero byte behind it.
  Nothing adds a line to the head of a mail, no line is too long, and what is posted is JSON.
*/
#include <stdint.h>

#include "../../plugin/alert/compose.h"
#include "../../plugin/alert/webhook_body.h"
#include "../../plugin/mail.h"
#include "../../udf/json.h"
#include "../../udf/json_text.h"
#include "../../udf/utf8.h"
#include "fuzz.h"

#define PIECES 6
#define NOW 1763743235123456

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(const char *text, const char *what)
{
    int n = 0;

    for (text = strstr(text, what); text; text = strstr(text + 1, what))
        n++;
    return n;
}

static void check_mail(const char *text, size_t len)
{
    const char *head_ends = strstr(text, "\r\n\r\n"), *line, *next;
    char *head;

    fuzz_must(strlen(text) == len && head_ends);
    for (line = text; (next = strstr(line, "\r\n")) != NULL; line = next + 2)
        fuzz_must(next - line <= 998);
    for (line = text; *line; line++)
        fuzz_must((unsigned char)*line < 0x80 &&
                  (*line == '\n') == (line > text && line[-1] == '\r'));
    head = fuzz_text(text, (size_t)(head_ends - text) + 2);
    fuzz_must(count(head, "\r\nSubject:") == 1 && count(head, "\r\nTo:") == 1 &&
              count(head, "\r\nFrom:") == 1 && count(head, "\r\nBcc:") == 0);
    free(head);
}

static void build(char *const piece[PIECES])
{
    struct mail_recipients to = {{"ops@example.com"}, 1};
    struct mail mail = {.from = "purser@shop.example",
                        .to = &to,
                        .id = "seal-17",
                        .subject = piece[0],
                        .text = piece[1],
                        .text_len = strlen(piece[1]),
                        .html = piece[2][0] ? piece[2] : NULL,
                        .html_len = strlen(piece[2]),
                        .date = NOW};
    struct error err = {0};
    struct buf out;
    int turn;

    buf_init(&out, MAIL_MESSAGE_MAX);
    for (turn = 0; turn < 3; turn++) {
        if (mail_build(&mail, &out, &err) == 0)
            check_mail(out.data, out.len);
        else
            fuzz_must(err.code == ERROR_INPUT || err.code == ERROR_CONFIG);
        fuzz_must((err.code == ERROR_NONE) == (err.text[0] == '\0'));
        error_clear(&err);
        buf_clear(&out);
        if (turn == 0)
            mail.id = piece[3];
        else
            mail.from = piece[4];
    }
    buf_free(&out);
}

static void post(char *const piece[PIECES])
{
    struct parcel parcel = {.id = "0123456789abcdef0123456789abcdef",
                            .created_at = NOW,
                            .subject = piece[0],
                            .text = piece[1],
                            .payload = piece[5][0] ? piece[5] : NULL};
    struct buf out;
    int slack;

    snprintf(parcel.kind, sizeof(parcel.kind), "%s", "usage");
    buf_init(&out, WEBHOOK_POST_MAX);
    for (slack = 0; slack < 2; slack++) {
        struct error err = {0};

        parcel.channel.is_slack = slack;
        if (webhook_body(&parcel, &out, &err) == 0) {
            json_t *body = json_parse(out.data, out.len, NULL);

            /* jansson refuses some that MariaDB takes: numbers out of range, a member twice */
            fuzz_must(body != NULL || parcel.payload);
            fuzz_must(json_text_check(out.data, out.len, NULL, NULL) == 0);
            json_decref(body);
        } else {
            fuzz_must(err.code == ERROR_INPUT && err.text[0]);
        }
        buf_clear(&out);
    }
    buf_free(&out);
}

static struct snapshot *snapshot_of(char *const piece[PIECES])
{
    struct snapshot *snapshot = snapshot_create(1);

    fuzz_must(snapshot != NULL);
    snapshot->check_count = 1;
    snapshot->overall = HEALTH_CRITICAL;
    snapshot->made_at = NOW;
    snprintf(snapshot->server, sizeof(snapshot->server), "%s", piece[5]);
    snapshot->checks[0] = (struct health_check){
        .level = HEALTH_CRITICAL, .since = NOW - 1000000, .has_value = true, .value = 5000.5};
    snprintf(snapshot->checks[0].name, HEALTH_NAME_SIZE, "%s", piece[3]);
    snprintf(snapshot->checks[0].service, HEALTH_NAME_SIZE, "%s", piece[4]);
    snprintf(snapshot->checks[0].unit, HEALTH_UNIT_SIZE, "%s", piece[2]);
    snprintf(snapshot->checks[0].message, HEALTH_MESSAGE_SIZE, "%s", piece[1]);
    return snapshot;
}

static void compose(char *const piece[PIECES])
{
    struct snapshot *snapshot = snapshot_of(piece);
    struct alert_change change = {.check = snapshot->checks[0].name,
                                  .service = snapshot->checks[0].service,
                                  .level = HEALTH_CRITICAL,
                                  .was = HEALTH_WARNING,
                                  .since = NOW - 1000000,
                                  .message = snapshot->checks[0].message,
                                  .detail = piece[1]};
    struct alert_report report = {
        .rule = piece[0], .snapshot = snapshot, .now = NOW, .changes = &change, .change_count = 1};
    struct alert_message message;
    char key[ALERT_KEY_SIZE];
    json_t *json;

    for (report.told = ALERT_NEW; report.told <= ALERT_RESOLVED; report.told++) {
        fuzz_must(alert_compose(&report, &message, NULL) == 0);
        fuzz_must(alert_dedup_key(&report, key) == 0 && strlen(key) < ALERT_KEY_SIZE);
        fuzz_must(!strpbrk(message.subject, "\r\n"));
        fuzz_must(utf8_valid(message.subject, strlen(message.subject)));
        fuzz_must(utf8_valid(message.text.data, message.text.len));
        fuzz_must(utf8_valid(message.html.data, message.html.len));
        fuzz_must(!strstr(message.html.data, "<script"));
        json = json_parse(message.json.data, message.json.len, NULL);
        fuzz_must(json != NULL);
        json_decref(json);
        alert_message_free(&message);
    }
    snapshot_release(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *piece[PIECES];
    int i;

    for (i = 0; i < PIECES; i++) {
        const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
        size_t len = zero ? (size_t)(zero - data) : size;

        piece[i] = fuzz_text(data, len);
        data += len + (zero != NULL);
        size -= len + (zero != NULL);
    }
    build(piece);
    post(piece);
    compose(piece);
    for (i = 0; i < PIECES; i++)
        free(piece[i]);
    return 0;
}
