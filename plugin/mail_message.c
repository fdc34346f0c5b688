/*
  mail_message.c - the parts of mail.h that need no network: addresses, and the message itself.

  The body is quoted-printable whatever it holds: every relay passes it on unchanged, however long
  its lines are, and a line that begins with "From " is not touched by mailboxes. The subject is
  encoded-words (RFC 2047) where it is not short ASCII. With HTML it is multipart/alternative, the
  plain text first.
*/
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../udf/crypto.h"
#include "../udf/timestamp.h"
#include "../udf/utf8.h"
#include "mail.h"
#include "url.h"

#define LOCAL_MAX 64
#define LABEL_MAX 63
#define LINE_MAX_QP 76   /* with the '=' at its end */
#define WORD_BYTES 39    /* of text in an encoded-word: with "Subject: " before it a line of 73 */
#define SUBJECT_PLAIN 66 /* with "Subject: " a line of 75 */
/* In a text that is quoted-printable there is no '=' before a '_'. */
#define BOUNDARY "=_purser_alternative"

static const struct url_scheme smtp = {"smtps", "smtp", 465, 25};

int mail_check_url(const char *url, struct error *err)
{
    struct url parts;

    if (strncasecmp(url, "smtp://", 7) != 0 && strncasecmp(url, "smtps://", 8) != 0)
        return error_set(err, ERROR_CONFIG,
                         "the URL must be smtps://host[:port], or smtp://host[:port] (STARTTLS)");
    if (url_parse(url, &smtp, &parts, err) != 0)
        return -1;
    if (parts.path[0] && strcmp(parts.path, "/") != 0)
        return error_set(err, ERROR_CONFIG, "the URL must end after the host and the port");
    return 0;
}

bool mail_is_loopback(const char *url)
{
    struct url parts;

    return url_parse(url, &smtp, &parts, NULL) == 0 && url_is_loopback(&parts);
}

/* ---- addresses */

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The atoms of RFC 5322 with dots between them. */
static bool is_local_part(const char *text, size_t len)
{
    size_t i;

    if (len == 0 || len > LOCAL_MAX || text[0] == '.' || text[len - 1] == '.')
        return false;
    for (i = 0; i < len; i++) {
        if (text[i] == '\0' || (!is_alnum(text[i]) && !strchr("!#$%&'*+-/=?^_`{|}~.", text[i])))
            return false;
        if (text[i] == '.' && text[i + 1] == '.')
            return false;
    }
    return true;
}

static bool is_domain(const char *text, size_t len)
{
    size_t i, label = 0;

    for (i = 0; i <= len; i++) {
        if (i < len && text[i] != '.') {
            if (!is_alnum(text[i]) && (text[i] != '-' || label == 0))
                return false;
            if (++label > LABEL_MAX)
                return false;
            continue;
        }
        if (label == 0 || text[i - 1] == '-')
            return false;
        label = 0;
    }
    return true;
}

/* For an error's text: what is not printable ASCII is shown as '?'. */
static void printable(const char *text, size_t len, char out[64])
{
    size_t i;

    for (i = 0; i < len && i < 60; i++)
        out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    out[i] = '\0';
}

int mail_check_address(const char *text, size_t len, struct error *err)
{
    const char *at = memrchr(text, '@', len);
    char shown[64];

    if (at && len < MAIL_ADDRESS_SIZE && is_local_part(text, (size_t)(at - text)) &&
        is_domain(at + 1, len - (size_t)(at - text) - 1))
        return 0;
    printable(text, len, shown);
    return error_set(err, ERROR_CONFIG,
                     "'%s' is not an address of the form name@example.com (ASCII, without quotes, "
                     "angle brackets or a name in front, at most %d bytes)",
                     shown, MAIL_ADDRESS_SIZE - 1);
}

int mail_parse_recipients(const char *text, struct mail_recipients *to, struct error *err)
{
    const char *end;

    memset(to, 0, sizeof(*to));
    for (;; text = end + 1) {
        size_t len;

        text += strspn(text, " ");
        end = strchrnul(text, ',');
        len = (size_t)(end - text);
        while (len > 0 && text[len - 1] == ' ')
            len--;
        if (mail_check_address(text, len, err) != 0)
            return -1;
        if (to->count == MAIL_RECIPIENTS_MAX)
            return error_set(err, ERROR_CONFIG, "more than %d recipients", MAIL_RECIPIENTS_MAX);
        memcpy(to->address[to->count++], text, len);
        if (!*end)
            return 0;
    }
}

/* ---- the message */

static int check(const struct mail *mail, struct error *err)
{
    size_t len = strlen(mail->subject);
    const char *p;
    int i;

    if (mail_check_address(mail->from, strlen(mail->from), err) != 0)
        return error_prefix(err, "sender: ");
    for (i = 0; i < mail->to->count; i++)
        if (mail_check_address(mail->to->address[i], strlen(mail->to->address[i]), err) != 0)
            return error_prefix(err, "recipient: ");
    if (mail->to->count == 0)
        return error_set(err, ERROR_INPUT, "a message without a recipient");
    for (p = mail->id; *p; p++)
        if (!is_alnum(*p) && !strchr("-_", *p) &&
            (*p != '.' || p == mail->id || p[1] == '.' || !p[1]))
            return error_set(err, ERROR_INPUT, "the message's id has a character it cannot have");
    if (p == mail->id || p - mail->id > MAIL_ID_MAX)
        return error_set(err, ERROR_INPUT, "the message's id is empty or too long");
    for (p = mail->subject; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return error_set(err, ERROR_INPUT, "the subject has a control character");
    if (len > MAIL_SUBJECT_MAX || !utf8_valid(mail->subject, len))
        return error_set(err, ERROR_INPUT, "the subject is not UTF-8, or longer than %d bytes",
                         MAIL_SUBJECT_MAX);
    if (mail->text_len > MAIL_TEXT_MAX || !utf8_valid(mail->text, mail->text_len))
        return error_set(err, ERROR_INPUT, "the text is not UTF-8, or longer than %u bytes",
                         MAIL_TEXT_MAX);
    if (mail->html && (mail->html_len > MAIL_TEXT_MAX || !utf8_valid(mail->html, mail->html_len)))
        return error_set(err, ERROR_INPUT, "the HTML is not UTF-8, or longer than %u bytes",
                         MAIL_TEXT_MAX);
    return 0;
}

static void put_date(struct buf *out, int64_t moment)
{
    static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(moment / MICROS);
    struct tm tm;

    if (!gmtime_r(&seconds, &tm))
        memset(&tm, 0, sizeof(tm));
    buf_printf(out, "Date: %s, %02d %s %04d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday],
               tm.tm_mday ? tm.tm_mday : 1, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
               tm.tm_min, tm.tm_sec);
}

static bool is_plain(const char *subject, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if (subject[i] & 0x80)
            return false;
    /* Nothing that would be taken for an encoded-word, and no blanks that folding would eat. */
    return len <= SUBJECT_PLAIN && !strstr(subject, "=?") &&
           (len == 0 || (subject[0] != ' ' && subject[len - 1] != ' '));
}

static void put_subject(struct buf *out, const char *subject)
{
    size_t len = strlen(subject), take;
    char word[CRYPTO_BASE64_SIZE(WORD_BYTES)];

    if (is_plain(subject, len)) {
        buf_printf(out, "Subject: %s\r\n", subject);
        return;
    }
    buf_puts(out, "Subject:");
    for (; len > 0; subject += take, len -= take) {
        take = len <= WORD_BYTES ? len : utf8_whole(subject, WORD_BYTES);
        crypto_base64(subject, take, word);
        buf_printf(out, " =?UTF-8?B?%s?=\r\n", word);
    }
}

static void put_type(struct buf *out, const char *type)
{
    buf_printf(out,
               "Content-Type: text/%s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n",
               type);
}

static void put_head(struct buf *out, const struct mail *mail)
{
    int i;

    put_date(out, mail->date);
    buf_printf(out, "Message-ID: <%s%s>\r\nFrom: %s\r\nTo: ", mail->id, strrchr(mail->from, '@'),
               mail->from);
    for (i = 0; i < mail->to->count; i++)
        buf_printf(out, "%s%s", i ? ",\r\n " : "", mail->to->address[i]);
    buf_puts(out, "\r\n");
    put_subject(out, mail->subject);
    buf_puts(out, "MIME-Version: 1.0\r\n");
    if (mail->html)
        buf_printf(out, "Content-Type: multipart/alternative; boundary=\"" BOUNDARY "\"\r\n");
    else
        put_type(out, "plain");
    buf_puts(out, "Auto-Submitted: auto-generated\r\n\r\n");
}

/* Length of a line's end at p: 1 or 2, 0 where there is none. */
static size_t line_end(const char *p, const char *end)
{
    if (p < end && *p == '\n')
        return 1;
    return end - p >= 2 && p[0] == '\r' && p[1] == '\n' ? 2 : 0;
}

static bool needs_escape(const char *p, const char *end, bool at_begin)
{
    if (*p == ' ' || *p == '\t') /* at a line's end they are lost on the way */
        return p + 1 == end || line_end(p + 1, end) > 0;
    if (at_begin && end - p >= 5 && memcmp(p, "From ", 5) == 0)
        return true;
    return *p < ' ' || *p > '~' || *p == '=';
}

static void put_text(struct buf *out, const char *text, size_t len)
{
    const char *p = text, *end = text + len;
    size_t column = 0, skip;
    bool at_begin = true; /* of a line of the text, not of a line that goes on */

    while (p < end) {
        char piece[4] = {*p, '\0'};

        skip = line_end(p, end);
        if (skip > 0) {
            buf_puts(out, "\r\n");
            p += skip;
            column = 0;
            at_begin = true;
            continue;
        }
        if (needs_escape(p, end, at_begin))
            snprintf(piece, sizeof(piece), "=%02X", (unsigned char)*p);
        if (column + strlen(piece) > LINE_MAX_QP - 1) {
            buf_puts(out, "=\r\n");
            column = 0;
            if (needs_escape(p, end, true)) /* a mailbox does not know that the line goes on */
                snprintf(piece, sizeof(piece), "=%02X", (unsigned char)*p);
        }
        buf_puts(out, piece);
        column += strlen(piece);
        at_begin = false;
        p++;
    }
    if (column > 0)
        buf_puts(out, "\r\n");
}

static void put_part(struct buf *out, const char *type, const char *text, size_t len)
{
    buf_puts(out, "--" BOUNDARY "\r\n");
    put_type(out, type);
    buf_puts(out, "\r\n");
    put_text(out, text, len);
}

int mail_build(const struct mail *mail, struct buf *out, struct error *err)
{
    if (check(mail, err) != 0)
        return -1;
    put_head(out, mail);
    if (mail->html) {
        put_part(out, "plain", mail->text, mail->text_len);
        put_part(out, "html", mail->html, mail->html_len);
        buf_puts(out, "--" BOUNDARY "--\r\n");
    } else {
        put_text(out, mail->text, mail->text_len);
    }
    return out->failed ? error_set(err, ERROR_MEMORY, "out of memory") : 0;
}
