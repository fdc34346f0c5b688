#include "mail.h"

#include <stdio.h>
#include <string.h>

#include "unit.h"

static const struct mail_recipients two = {{"ops@example.com", "a.b+c@mail.example.org"}, 2};

static struct mail mail_of(const char *subject, const char *text)
{
    return (struct mail){.from = "purser@shop.example",
                         .to = &two,
                         .id = "seal-17.0011aabb",
                         .subject = subject,
                         .text = text,
                         .text_len = strlen(text),
                         .date = 1751709605123456};
}

/* The message, NUL-terminated; lives until the next call. */
static const char *built(const struct mail *mail)
{
    static char text[1 << 16];
    struct error err = {0};
    struct buf out;

    buf_init(&out, MAIL_MESSAGE_MAX);
    if (mail_build(mail, &out, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(out.len < sizeof(text));
    memcpy(text, out.data, out.len + 1);
    buf_free(&out);
    return text;
}

static const char *body_of(const char *text)
{
    const struct mail mail = mail_of("x", text);

    return strstr(built(&mail), "\r\n\r\n") + 4;
}

static const char *subject_of(const char *subject)
{
    static char line[4096];
    const struct mail mail = mail_of(subject, "");
    const char *text = strstr(built(&mail), "\r\nSubject:") + 2;

    snprintf(line, sizeof(line), "%.*s", (int)(strstr(text, "\r\nMIME-") - text), text);
    return line;
}

static void a_message_is_what_rfc_5322_says(void **state)
{
    const struct mail mail = mail_of("Checkpoint of the shop", "one\ntwo\n");

    (void)state;
    assert_string_equal(built(&mail), "Date: Sat, 05 Jul 2025 10:00:05 +0000\r\n"
                                      "Message-ID: <seal-17.0011aabb@shop.example>\r\n"
                                      "From: purser@shop.example\r\n"
                                      "To: ops@example.com,\r\n"
                                      " a.b+c@mail.example.org\r\n"
                                      "Subject: Checkpoint of the shop\r\n"
                                      "MIME-Version: 1.0\r\n"
                                      "Content-Type: text/plain; charset=utf-8\r\n"
                                      "Content-Transfer-Encoding: quoted-printable\r\n"
                                      "Auto-Submitted: auto-generated\r\n"
                                      "\r\n"
                                      "one\r\ntwo\r\n");
}

static void html_comes_beside_the_text(void **state)
{
    static const char html[] = "<p class=\"x\">caf\xC3\xA9</p>\n--=_purser_alternative--\n";
    struct mail mail = mail_of("x", "coffee\n");

    (void)state;
    mail.html = html;
    mail.html_len = sizeof(html) - 1;
    assert_string_equal(strstr(built(&mail), "MIME-Version"),
                        "MIME-Version: 1.0\r\n"
                        "Content-Type: multipart/alternative; boundary=\"=_purser_alternative\"\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "\r\n"
                        "--=_purser_alternative\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "coffee\r\n"
                        "--=_purser_alternative\r\n"
                        "Content-Type: text/html; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "<p class=3D\"x\">caf=C3=A9</p>\r\n"
                        "--=3D_purser_alternative--\r\n" /* no end of ours */
                        "--=_purser_alternative--\r\n");
}

static void the_body_is_quoted_printable(void **state)
{
    char text[201], expected[300];

    (void)state;
    assert_string_equal(body_of(""), "");
    assert_string_equal(body_of("a=b\n\xE2\x80\x94 x\n"), "a=3Db\r\n=E2=80=94 x\r\n");
    assert_string_equal(body_of("no end"), "no end\r\n");
    assert_string_equal(body_of("crlf\r\n\r\nbare\rcr"), "crlf\r\n\r\nbare=0Dcr\r\n");
    assert_string_equal(body_of("blank \ntab\t\nend "), "blank=20\r\ntab=09\r\nend=20\r\n");
    assert_string_equal(body_of("From me\n From me\n"), "=46rom me\r\n From me\r\n");
    assert_string_equal(body_of(".\n..\n"), ".\r\n..\r\n"); /* libcurl doubles them */
    memset(text, 'x', 200);
    text[200] = '\0';
    snprintf(expected, sizeof(expected), "%.75s=\r\n%.75s=\r\n%.50s\r\n", text, text, text);
    assert_string_equal(body_of(text), expected);
    memcpy(text + 75, "From ", 5);
    snprintf(expected, sizeof(expected), "%.75s=\r\n=46rom %.68s=\r\n%.52s\r\n", text, text, text);
    assert_string_equal(body_of(text), expected);
    memset(text, 'x', 200);
    /* An escape is not cut in two. */
    memcpy(text + 74, "=", 1);
    snprintf(expected, sizeof(expected), "%.74s=\r\n=3D%.72s=\r\n%.53s\r\n", text, text, text);
    assert_string_equal(body_of(text), expected);
}

static void a_subject_becomes_encoded_words_where_it_must(void **state)
{
    char longer[200] = "";
    int i;

    (void)state;
    assert_string_equal(subject_of(""), "Subject: ");
    assert_string_equal(subject_of("plain: 5, (x)"), "Subject: plain: 5, (x)");
    assert_string_equal(subject_of("Caf\xC3\xA9"), "Subject: =?UTF-8?B?Q2Fmw6k=?=");
    assert_string_equal(subject_of("=?UTF-8?B?eA==?="),
                        "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=");
    /* 1 + 30 * 3 bytes: the words hold 37, 39 and 15 of them, whole characters. */
    strcat(longer, "x");
    for (i = 0; i < 30; i++)
        strcat(longer, "\xE2\x82\xAC");
    assert_string_equal(
        subject_of(longer),
        "Subject: =?UTF-8?B?eOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrOKCrA==?=\r\n"
        " =?UTF-8?B?4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs4oKs?=\r\n"
        " =?UTF-8?B?4oKs4oKs4oKs4oKs4oKs?=");
}

static void no_line_is_too_long(void **state)
{
    char subject[MAIL_SUBJECT_MAX + 1], text[5000];
    uint64_t random = 42;
    int round, i;

    (void)state;
    for (round = 0; round < 300; round++) {
        size_t n = unit_random(&random) % sizeof(subject);
        struct mail mail;
        const char *p, *end;

        for (i = 0; i < (int)n; i++)
            subject[i] = (char)(' ' + unit_random(&random) % 95);
        subject[n] = '\0';
        for (i = 0; i < (int)sizeof(text); i++)
            text[i] = (char)(unit_random(&random) % 128);
        mail = mail_of(subject, "");
        mail.text = text;
        mail.text_len = sizeof(text);
        for (p = built(&mail); *p; p = end + 2) {
            end = strstr(p, "\r\n");
            assert_non_null(end);
            assert_in_range(end - p, 0, 76);
            assert_true(!memchr(p, '\n', (size_t)(end - p)) && !memchr(p, '\r', (size_t)(end - p)));
        }
    }
}

static void refused(const struct mail *mail, const char *words)
{
    struct error err = {0};
    struct buf out;

    buf_init(&out, MAIL_MESSAGE_MAX);
    assert_int_equal(mail_build(mail, &out, &err), -1);
    if (!strstr(err.text, words))
        fail_msg("%s", err.text);
    buf_free(&out);
}

static void nothing_can_add_a_line_to_the_head(void **state)
{
    static const char *const bad[] = {"a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\tb", "\x7f"};
    static const char *const ids[] = {"", "a b", "a>b", "a\r\nb", ".a", "a.", "a..b", "a@b"};
    struct mail_recipients one = {{"ops@example.com\r\nBcc: x@example.com"}, 1};
    struct mail mail;
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        mail = mail_of(bad[i], "");
        refused(&mail, "control character");
    }
    for (i = 0; i < UNIT_COUNT(ids); i++) {
        mail = mail_of("x", "");
        mail.id = ids[i];
        refused(&mail, "the message's id");
    }
    mail = mail_of("x", "");
    mail.from = "purser@shop.example\r\nBcc: x@example.com";
    refused(&mail, "sender: ");
    mail = mail_of("x", "");
    mail.to = &one;
    refused(&mail, "recipient: ");
    one.count = 0;
    refused(&mail, "without a recipient");
    mail = mail_of("\xFF", "");
    refused(&mail, "not UTF-8");
    mail = mail_of("x", "\xC0\x80");
    refused(&mail, "not UTF-8");
}

static void an_address_is_a_plain_one(void **state)
{
    static const char *const good[] = {"a@b", "root@localhost", "o'neil+x_y@a-b.example", "1@2.3",
                                       "{~}@x"};
    static const char *const bad[] = {"",
                                      "a",
                                      "@b",
                                      "a@",
                                      "a@b@c",
                                      "a b@c",
                                      ".a@b",
                                      "a.@b",
                                      "a..b@c",
                                      "a@-b",
                                      "a@b-",
                                      "a@b..c",
                                      "a@b.",
                                      "<a@b>",
                                      "A <a@b>",
                                      "\"a\"@b",
                                      "a@[10.0.0.1]",
                                      "a@b_c",
                                      "a@b\r\nc",
                                      "a\r\n@b",
                                      "a@b,c@d",
                                      "caf\xC3\xA9@b",
                                      "a@b\xC3\xA9",
                                      "a;b@c"};
    char long_one[300];
    struct error err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++)
        if (mail_check_address(good[i], strlen(good[i]), &err) != 0)
            fail_msg("%s", err.text);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        error_clear(&err);
        if (mail_check_address(bad[i], strlen(bad[i]), &err) != -1)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_null(strpbrk(err.text, "\r\n"));
    }
    memset(long_one, 'a', sizeof(long_one));
    long_one[64] = '@';
    assert_int_equal(mail_check_address(long_one, 64 + 1 + 63, &err), 0);
    assert_int_equal(mail_check_address(long_one, 64 + 1 + 64, &err), -1);
    long_one[128] = long_one[192] = '.';
    assert_int_equal(mail_check_address(long_one, 254, &err), 0);
    assert_int_equal(mail_check_address(long_one, 255, &err), -1);
    assert_int_equal(mail_check_address("a\0@b", 4, &err), -1);
}

static void recipients_have_commas_between_them(void **state)
{
    static const char *const bad[] = {"",     " ",        ",",       "a@b,",
                                      ",a@b", "a@b,,c@d", "a@b c@d", "a@b;c@d"};
    struct mail_recipients to;
    struct error err = {0};
    char many[400] = "a@b";
    size_t i;

    (void)state;
    assert_int_equal(mail_parse_recipients(" a@b ,c@d", &to, &err), 0);
    assert_int_equal(to.count, 2);
    assert_string_equal(to.address[0], "a@b");
    assert_string_equal(to.address[1], "c@d");
    for (i = 0; i < UNIT_COUNT(bad); i++)
        if (mail_parse_recipients(bad[i], &to, &err) != -1)
            fail_msg("accepted: %s", bad[i]);
    for (i = 1; i < MAIL_RECIPIENTS_MAX; i++)
        strcat(many, ",a@b");
    assert_int_equal(mail_parse_recipients(many, &to, &err), 0);
    strcat(many, ",a@b");
    error_clear(&err);
    assert_int_equal(mail_parse_recipients(many, &to, &err), -1);
    assert_string_equal(err.text, "more than 20 recipients");
}

static void a_server_is_named_by_a_url(void **state)
{
    static const char *const good[] = {"smtp://localhost", "smtps://mail.example.com:465/",
                                       "SMTP://[::1]:2525"};
    static const char *const bad[] = {"",
                                      "mail.example.com",
                                      "http://mail.example.com",
                                      "smtp://",
                                      "smtp://user:secret@mail.example.com",
                                      "smtp://mail.example.com:0",
                                      "smtp://mail.example.com/ehlo\r\nMAIL",
                                      "smtp://mail.example.com/path",
                                      "smtp://mail.example.com?x",
                                      "smtp://mail example.com"};
    struct error err = {0};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++)
        if (mail_check_url(good[i], &err) != 0)
            fail_msg("%s: %s", good[i], err.text);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        error_clear(&err);
        if (mail_check_url(bad[i], &err) != -1)
            fail_msg("accepted: %s", bad[i]);
        assert_int_equal(err.code, ERROR_CONFIG);
        assert_null(strstr(err.text, "secret"));
    }
    assert_true(mail_is_loopback("smtp://127.8.9.1:25"));
    assert_true(mail_is_loopback("smtp://[::1]"));
    assert_false(mail_is_loopback("smtp://mail.example.com"));
    assert_false(mail_is_loopback("smtp://localhost.example.com"));
    assert_false(mail_is_loopback("smtp://127.0.0.1.example.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_what_rfc_5322_says),
        cmocka_unit_test(html_comes_beside_the_text),
        cmocka_unit_test(the_body_is_quoted_printable),
        cmocka_unit_test(a_subject_becomes_encoded_words_where_it_must),
        cmocka_unit_test(no_line_is_too_long),
        cmocka_unit_test(nothing_can_add_a_line_to_the_head),
        cmocka_unit_test(an_address_is_a_plain_one),
        cmocka_unit_test(recipients_have_commas_between_them),
        cmocka_unit_test(a_server_is_named_by_a_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
