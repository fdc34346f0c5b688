/* Where Square's lists are gone on with after an interruption. */
#include <stdio.h>
#include <unistd.h>

#include "unit.h"
#include "unit_gateway.h"

#define MONEY "{\"amount\":1250,\"currency\":\"USD\"}"
#define PAYMENT(id)                                                                                \
    "{\"id\":\"" id "\",\"status\":\"COMPLETED\",\"source_type\":\"CARD\",\"created_at\":"         \
    "\"2025-07-05T10:00:00.000Z\",\"reference_id\":\"TX-1\",\"amount_money\":" MONEY               \
    ",\"total_money\":" MONEY "}"
#define ANSWER(text)                                                                               \
    {                                                                                              \
        200, text, sizeof(text) - 1                                                                \
    }

static struct secrets *secrets;

static int make_token(void **state)
{
    static const char text[] = "{\"gateways\":{\"shop\":{\"token\":\"of-nobody\"}}}";
    char path[] = "/tmp/purser_square_XXXXXX";
    int fd = mkstemp(path);

    (void)state;
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        return -1;
    close(fd);
    secrets = secrets_load(path, NULL);
    unlink(path);
    return secrets ? 0 : -1;
}

static int drop_token(void **state)
{
    (void)state;
    secrets_destroy(secrets);
    return 0;
}

/* @return what the fetch returned; unit_gateway has what it did */
static int fetch(const char *settings, const char *cursor, const struct unit_answer *answers,
                 size_t count)
{
    struct error err = {0};
    struct gateway gateway;
    struct fetch_job job;
    int rc;

    unit_gateway = (struct unit_gateway){.answers = answers, .answer_count = count};
    assert_int_equal(gateway_init(&gateway, "shop", "square", "https://gateway.example", settings,
                                  strlen(settings), &err),
                     0);
    job = unit_fetch_job(&gateway, secrets, cursor);
    rc = gateway.adapter->fetch(&job, &err);
    gateway_deinit(&gateway);
    return rc;
}

/* The first page of the second location has been read. */
static void interrupt(const char *settings, char cursor[GATEWAY_CURSOR_SIZE])
{
    static const struct unit_answer answers[] = {
        ANSWER("{\"payments\":[" PAYMENT("P1") "]}"),
        ANSWER("{\"payments\":[" PAYMENT("P2") "],\"cursor\":\"more\"}"),
    };

    assert_int_equal(fetch(settings, "", answers, UNIT_COUNT(answers)), -1);
    assert_int_equal(unit_gateway.records, 2);
    snprintf(cursor, GATEWAY_CURSOR_SIZE, "%s", unit_gateway.cursor);
    assert_non_null(strstr(cursor, "more"));
}

static void it_goes_on_with_the_page_that_was_saved(void **state)
{
    static const struct unit_answer answers[] = {ANSWER("{\"payments\":[" PAYMENT("P3") "]}"),
                                                 ANSWER("{\"refunds\":[]}")};
    static const char settings[] = "{\"retries\":1,\"locations\":[\"L1\",\"L3\"]}";
    char cursor[GATEWAY_CURSOR_SIZE];

    (void)state;
    interrupt(settings, cursor);
    assert_int_equal(fetch(settings, cursor, answers, UNIT_COUNT(answers)), 0);
    assert_int_equal(unit_gateway.answered, 2);
}

static void what_asks_for_something_else_by_now_begins_again(void **state)
{
    static const struct unit_answer answers[] = {
        ANSWER("{\"payments\":[" PAYMENT("P1") "]}"), ANSWER("{\"payments\":[" PAYMENT("P2") "]}"),
        ANSWER("{\"payments\":[" PAYMENT("P3") "]}"), ANSWER("{\"refunds\":[]}")};
    static const struct {
        const char *settings;
        size_t lists;
    } cases[] = {
        {"{\"retries\":1,\"locations\":[\"L1\",\"L2\",\"L3\"]}", 4},
        {"{\"retries\":1,\"locations\":[\"L0\",\"L3\"]}", 3},
        {"{\"retries\":1,\"locations\":[\"L1\",\"L3\"],\"reference_field\":\"note\"}", 3},
        {"{\"retries\":1,\"locations\":[\"L1\",\"L3\"],\"amount_field\":\"total_money\"}", 3},
        {"{\"retries\":1,\"locations\":[\"L1\",\"L3\"],\"include_external\":true}", 3},
        {"{\"retries\":1,\"locations\":[\"L1\",\"L3\"],\"overlap_seconds\":7200}", 3},
    };
    char cursor[GATEWAY_CURSOR_SIZE];
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        interrupt("{\"retries\":1,\"locations\":[\"L1\",\"L3\"]}", cursor);
        assert_int_equal(fetch(cases[i].settings, cursor, answers, UNIT_COUNT(answers)), 0);
        if (unit_gateway.answered != cases[i].lists)
            fail_msg("%s: %zu lists were read", cases[i].settings, unit_gateway.answered);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_with_the_page_that_was_saved),
        cmocka_unit_test(what_asks_for_something_else_by_now_begins_again),
    };

    return cmocka_run_group_tests_name("square_resume", tests, make_token, drop_token);
}
