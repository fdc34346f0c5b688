/* Rate limits of several nodes: what they tell each other in memory, message by message. */
#include "unit_peers.h"

static void what_one_admits_the_other_counts(void **state)
{
    static const uint32_t maxes[] = {1, 8, 9, 20, 32, 33, 255, 256, 70000};
    struct node nodes[2];
    char name[24];
    size_t i;

    (void)state;
    begin(nodes, 2);
    for (i = 0; i < UNIT_COUNT(maxes); i++) {
        snprintf(name, sizeof(name), "key-%zu", i);
        assert_true(take(&nodes[0], name, maxes[i], 60, maxes[i], START));
        assert_true(take(&nodes[1], name, maxes[i], 60, maxes[i], START)); /* nobody told it yet */
        tell_all(&nodes[0], &nodes[1], 1, START + 10);
        assert_int_equal(used(&nodes[1], name, maxes[i], 60, START + 10), 2 * maxes[i]);
        assert_false(take(&nodes[1], name, maxes[i], 60, 1, START + 10));
        assert_int_equal(used(&nodes[0], name, maxes[i], 60, START + 10), maxes[i]);
        /* What was told is not told back. */
        collect(&nodes[1]);
        assert_int_equal(nodes[1].peers[0].backlog.used, i + 1);
        assert_true(take(&nodes[1], name, maxes[i], 60, 1, START + 62 * SECOND));
    }
    end(nodes, 2);
}

static void a_message_counts_once_however_often_it_comes(void **state)
{
    struct node nodes[2];

    (void)state;
    begin(nodes, 2);
    tell(&nodes[0], &nodes[1], 1, START, 0); /* a session */
    assert_true(take(&nodes[0], "a", 100, 60, 3, START));
    collect(&nodes[0]);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 1), -1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 2), -1); /* counted, and not heard of */
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);
    assert_true(take(&nodes[0], "a", 100, 60, 4, START)); /* waits for the message before it */
    collect(&nodes[0]);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 0), 1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 3), 1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 7);
    end(nodes, 2);
}

static void a_recorded_message_is_nothing_to_another_life_or_node(void **state)
{
    struct node nodes[2];
    struct peer_receipt receipt;
    struct peer_answer answer;
    struct buf first, second;
    uint8_t life[PEER_ID] = {77};

    (void)state;
    begin(nodes, 2);
    buf_init(&first, PEER_MESSAGE_MAX);
    buf_init(&second, PEER_MESSAGE_MAX);
    tell(&nodes[0], &nodes[1], 1, START, 0);
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &first);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_true(receipt.counted);
    peer_answered(&nodes[0].peers[1], &keys, nodes[0].life, receipt.answer, PEER_ANSWER_BYTES, 0);
    take(&nodes[0], "a", 100, 60, 1, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &second);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_true(receipt.counted);
    /* An older one, to the same life. */
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_int_equal(receipt.status, 200);
    assert_false(receipt.counted);
    /* To who sent it. */
    peer_inbox_take(&nodes[0].inbox, (uint8_t *)first.data, first.len, START, &receipt);
    assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
    assert_int_equal(answer.result, PEER_MYSELF);
    /* After a restart. */
    peer_inbox_close(&nodes[1].inbox);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_int_equal(receipt.status, 404);
    peer_inbox_open(&nodes[1].inbox, nodes[1].limiter, &keys, life);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)second.data, second.len, START, &receipt);
    assert_false(receipt.counted);
    assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
    assert_int_equal(answer.result, PEER_SESSION);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 4);
    buf_free(&first);
    buf_free(&second);
    end(nodes, 2);
}

static void what_is_forged_or_mangled_is_refused_and_counts_nothing(void **state)
{
    struct node nodes[2];
    struct peer_receipt receipt;
    struct peer_keys others;
    struct buf message;
    size_t i;

    (void)state;
    begin(nodes, 2);
    buf_init(&message, PEER_MESSAGE_MAX);
    tell(&nodes[0], &nodes[1], 1, START, 0);
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    peer_write(&nodes[0].peers[1], &keys, nodes[0].life, START, 0, &message);
    for (i = 0; i < message.len; i++) {
        message.data[i] ^= 1;
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_true(receipt.status == 400 || receipt.status == 401);
        message.data[i] ^= 1;
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, i, START, &receipt);
        assert_true(receipt.status == 400 || receipt.status == 401);
    }
    assert_int_equal(peer_keys_derive(SECRET "!", strlen(SECRET) + 1, &others, NULL), 0);
    peer_write(&nodes[0].peers[1], &others, nodes[0].life, START, 0, &message);
    peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
    assert_int_equal(receipt.status, 401);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(peer_keys_derive("short", 5, &others, NULL), -1);
    buf_free(&message);
    end(nodes, 2);
}

/* Well signed, and of values that no limiter makes. */
static void what_cannot_be_counted_is_refused_whole(void **state)
{
    static const struct rate_change bad[] = {
        {.key = 2, .amount = 0, .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = 0},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = RATE_WINDOW_MAX_S + 1},
        {.key = 2, .amount = 1LL << 32, .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = -(1LL << 32), .moment = START, .max = 1, .window_s = 1},
        {.key = 2, .amount = 1, .moment = START, .max = 1, .window_s = 1, .step = 1},
        {.key = 3, .amount = 1, .moment = START, .max = 0, .step = 1},
        {.key = 3, .amount = 1, .moment = START, .max = 1, .window_s = 97},
        {.key = 3, .amount = INT64_MAX, .moment = START, .max = 1, .step = 1},
        {.key = 3, .amount = INT64_MIN, .moment = START, .max = 1, .step = 1},
    };
    struct rate_change pair[2] = {
        {.key = 4, .amount = 1, .moment = START, .max = 1, .window_s = 60}};
    struct node nodes[1];
    struct peer_head head = {.count = 2, .number = 1, .sender = {9}};
    struct peer_receipt receipt;
    struct buf message;
    size_t i;

    (void)state;
    begin(nodes, 1);
    buf_init(&message, PEER_MESSAGE_MAX);
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        pair[1] = bad[i];
        assert_int_equal(peer_message_write(&keys, &head, pair, START, &message), 0);
        peer_inbox_take(&nodes[0].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_int_equal(receipt.status, 400);
    }
    buf_free(&message);
    end(nodes, 1);
}

static void refunds_and_resets_travel(void **state)
{
    struct node nodes[2];
    struct rate_subject who = subject("a");

    (void)state;
    begin(nodes, 2);
    take(&nodes[0], "a", 100, 60, 50, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    rate_limiter_refund(nodes[0].limiter, &who, 20, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 30);
    take(&nodes[1], "a", 100, 60, 5, START);
    rate_limiter_reset(nodes[0].limiter, &who, START);
    take(&nodes[0], "a", 100, 60, 7, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 7);
    rate_limiter_reset(nodes[0].limiter, &who, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    /* What was given back before anybody heard of it is no change, and harms no message. */
    take(&nodes[0], "a", 100, 60, 3, START);
    collect(&nodes[0]);
    rate_limiter_refund(nodes[0].limiter, &who, 3, START);
    take(&nodes[0], "b", 100, 60, 4, START);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 0);
    assert_int_equal(used(&nodes[1], "b", 100, 60, START), 4);
    end(nodes, 2);
}

static void token_buckets_are_emptied_together(void **state)
{
    struct rate_subject who = subject("bucket");
    struct gcra_rule rule;
    struct node nodes[2];
    int64_t now = START;

    (void)state;
    begin(nodes, 2);
    assert_int_equal(gcra_rule("10", 2, 50, &rule, NULL), 0);
    assert_true(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 30, now));
    tell_all(&nodes[0], &nodes[1], 1, now);
    assert_false(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 21, now));
    assert_true(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 19, now));
    tell_all(&nodes[1], &nodes[0], 0, now);
    assert_false(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 2, now));
    now += SECOND; /* ten tokens for all of them */
    assert_false(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 12, now));
    assert_true(rate_limiter_take_tokens(nodes[0].limiter, &who, &rule, 10, now));
    rate_limiter_refund(nodes[0].limiter, &who, 5, now);
    tell_all(&nodes[0], &nodes[1], 1, now);
    assert_false(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 7, now));
    assert_true(rate_limiter_take_tokens(nodes[1].limiter, &who, &rule, 5, now));
    end(nodes, 2);
}

/* A peer that was away gets what its windows still hold, at the time when it was. */
static void what_a_peer_missed_it_is_told_as_far_as_it_still_counts(void **state)
{
    struct node nodes[2];
    int64_t now = START;
    int i;

    (void)state;
    begin(nodes, 2);
    tell(&nodes[0], &nodes[1], 1, now, 0);
    for (i = 0; i < 100; i++, now += SECOND) {
        take(&nodes[0], "minute", 20, 60, 1, now);
        take(&nodes[0], "hour", 1000, 3600, 1, now);
        if (i == 10)
            take(&nodes[0], "gone", 1000, 60, 9, now);
        collect(&nodes[0]);
        tell(&nodes[0], &nodes[1], 1, now, 1);
    }
    while (nodes[0].peers[1].kept || nodes[0].peers[1].backlog.used > 0)
        assert_true(tell(&nodes[0], &nodes[1], 1, now, 0) >= 0);
    assert_int_equal(used(&nodes[1], "hour", 1000, 3600, now), 100);
    assert_true(used(&nodes[1], "minute", 20, 60, now) >= 20);
    assert_true(used(&nodes[1], "minute", 20, 60, now) <= 40);
    assert_int_equal(used(&nodes[1], "gone", 1000, 60, now), 0);
    assert_int_equal(used(&nodes[1], "minute", 20, 60, now + 61 * SECOND), 0);
    end(nodes, 2);
}

static void more_keys_than_there_is_room_for_are_dropped_and_counted(void **state)
{
    struct rate_changes list;
    struct rate_change change = {.moment = START, .max = 1000, .window_s = 60};
    const struct rate_change *found;
    uint64_t random = 4711, heavy = 0;
    uint32_t cursor = 0;
    int i;

    (void)state;
    assert_int_equal(rate_changes_init(&list, 1024), 0);
    for (i = 0; i < 3000; i++) {
        change.key = unit_random(&random) & ~(uint64_t)1;
        change.amount = i < 500 ? 900 : 1;
        rate_changes_note(&list, &change);
    }
    while ((found = rate_changes_next(&list, &cursor)) != NULL)
        heavy += found->amount == 900;
    assert_int_equal(heavy, 500); /* those that say most stay */
    assert_int_equal(list.used + list.dropped, 3000);
    assert_int_equal(list.used, 1024);
    cursor = 0;
    while ((found = rate_changes_next(&list, &cursor)) != NULL)
        rate_changes_remove(&list, (struct rate_change *)(uintptr_t)found, &cursor);
    assert_int_equal(list.used, 0);
    rate_changes_deinit(&list);
}

static void a_burst_of_keys_goes_in_several_messages(void **state)
{
    struct node nodes[2];
    char name[24];
    uint32_t i, missing = 0;

    (void)state;
    assert_int_equal(peer_keys_derive(SECRET, strlen(SECRET), &keys, NULL), 0);
    node_begin(&nodes[0], 0, 32u << 20);
    node_begin(&nodes[1], 1, 32u << 20);
    for (i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "key-%u", i);
        assert_true(take(&nodes[0], name, 5, 60, 2, START));
    }
    assert_int_equal(collect(&nodes[0]), 0);
    assert_int_equal(nodes[0].peers[1].backlog.used, 20000);
    tell_all(&nodes[0], &nodes[1], 1, START);
    assert_true(nodes[0].peers[1].number >= 20000 / PEER_CHANGES_MAX);
    for (i = 0; i < 20000; i++) {
        snprintf(name, sizeof(name), "key-%u", i);
        missing += used(&nodes[1], name, 5, 60, START) != 2;
    }
    assert_int_equal(missing, 0);
    end(nodes, 2);
}

static void a_node_with_two_urls_is_told_once_until_one_leads_elsewhere(void **state)
{
    struct node nodes[3];
    struct peer *first, *second;

    (void)state;
    begin(nodes, 3);
    first = &nodes[0].peers[1];
    second = &nodes[0].peers[2];
    tell(&nodes[0], &nodes[1], 1, START, 0);
    assert_false(peer_leave_twin(second, nodes[0].peers, 2)); /* it has not answered yet */
    tell(&nodes[0], &nodes[1], 2, START, 0);
    assert_false(peer_leave_twin(first, nodes[0].peers, 1));
    assert_true(peer_leave_twin(second, nodes[0].peers, 2));
    assert_int_equal(first->state, PEER_THERE);
    assert_int_equal(second->state, PEER_SELF);
    assert_true(take(&nodes[0], "a", 100, 60, 3, START));
    collect(&nodes[0]);
    assert_int_equal(second->backlog.used, 0);
    assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 0), 1);
    assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);

    assert_false(peer_wants(second, START / 1000000 + PEER_SELF_MS - 1, 100));
    assert_true(peer_wants(second, START / 1000000 + PEER_SELF_MS, 100));
    tell(&nodes[0], &nodes[1], 2, START + 10 * SECOND, 0);
    assert_false(peer_leave_twin(second, nodes[0].peers, 2)); /* as before */
    assert_int_equal(second->state, PEER_SELF);
    tell(&nodes[0], &nodes[2], 2, START + 20 * SECOND, 0);
    assert_false(peer_leave_twin(second, nodes[0].peers, 2));
    assert_int_equal(second->state, PEER_THERE);
    assert_true(take(&nodes[0], "a", 100, 60, 4, START + 20 * SECOND));
    tell_all(&nodes[0], &nodes[2], 2, START + 20 * SECOND);
    assert_int_equal(used(&nodes[2], "a", 100, 60, START + 20 * SECOND), 4);
    end(nodes, 3);
}

static void the_first_of_two_urls_is_heard_again_after_the_second_has_stood_in(void **state)
{
    struct node nodes[2];
    struct peer *first, *second;
    int told, i;

    (void)state;
    for (told = 1; told <= 3; told++) {
        begin(nodes, 2);
        first = &nodes[0].peers[1];
        second = &nodes[0].peers[2];
        tell(&nodes[0], &nodes[1], 1, START, 0);
        tell(&nodes[0], &nodes[1], 2, START, 0);
        assert_true(peer_leave_twin(second, nodes[0].peers, 2));

        /* The first leads nowhere: what it still has to say, the second does not know. */
        assert_true(take(&nodes[0], "a", 100, 60, 3, START));
        collect(&nodes[0]);
        assert_int_equal(tell(&nodes[0], &nodes[1], 1, START, 1), -1);
        assert_int_equal(first->state, PEER_AWAY);
        tell(&nodes[0], &nodes[1], 2, START, 0);
        assert_false(peer_leave_twin(second, nodes[0].peers, 2));
        assert_int_equal(second->state, PEER_THERE);
        for (i = 0; i < told; i++) {
            assert_true(take(&nodes[0], "b", 100, 60, 1, START));
            collect(&nodes[0]);
            assert_int_equal(tell(&nodes[0], &nodes[1], 2, START, 0), 1);
            assert_false(peer_leave_twin(second, nodes[0].peers, 2));
        }
        assert_int_equal(used(&nodes[1], "b", 100, 60, START), told);

        tell(&nodes[0], &nodes[1], 1, START, 0);
        assert_int_equal(first->state, PEER_THERE);
        assert_true(peer_leave_twin(second, nodes[0].peers, 2));
        assert_int_equal(second->state, PEER_SELF);
        assert_true(take(&nodes[0], "c", 100, 60, 5, START));
        tell_all(&nodes[0], &nodes[1], 1, START);
        assert_int_equal(used(&nodes[1], "a", 100, 60, START), 3);
        assert_int_equal(used(&nodes[1], "c", 100, 60, START), 5);
        assert_true(used(&nodes[1], "b", 100, 60, START) >= (uint32_t)told);
        end(nodes, 2);
    }
}

static void another_secret_begins_all_counts_anew(void **state)
{
    uint8_t other[16] = {1, 2, 3}, has[16];
    struct node nodes[1];
    struct rate_counters counters;
    uint64_t n, bytes;

    (void)state;
    begin(nodes, 1);
    assert_true(take(&nodes[0], "a", 1, 60, 1, START));
    assert_true(take(&nodes[0], "b", 100, 60, 1, START));
    rate_limiter_rekey(nodes[0].limiter, other);
    rate_limiter_secret(nodes[0].limiter, has);
    assert_memory_equal(has, other, 16);
    rate_limiter_totals(nodes[0].limiter, &counters, &n, &bytes);
    assert_int_equal(n, 0);
    assert_int_equal(bytes, 0);
    assert_true(take(&nodes[0], "a", 1, 60, 1, START));
    assert_false(take(&nodes[0], "a", 1, 60, 1, START));
    end(nodes, 1);
}

/* A forgotten sender's session is another one's; whoever still talks keeps his. */
static void there_is_a_bound_to_the_sessions(void **state)
{
    struct peer_head head = {0};
    struct peer_receipt receipt;
    struct peer_answer answer;
    struct node nodes[2];
    struct buf message;
    int i;

    (void)state;
    begin(nodes, 2);
    buf_init(&message, PEER_MESSAGE_MAX);
    for (i = 0; i < 3 * PEER_SESSIONS; i++) {
        head.sender[0] = (uint8_t)i;
        head.sender[1] = 1;
        assert_int_equal(peer_message_write(&keys, &head, NULL, START, &message), 0);
        peer_inbox_take(&nodes[1].inbox, (uint8_t *)message.data, message.len, START, &receipt);
        assert_int_equal(peer_answer_read(&keys, receipt.answer, PEER_ANSWER_BYTES, &answer), 0);
        assert_int_equal(answer.result, PEER_SESSION);
        take(&nodes[0], "a", 1000, 60, 1, START);
        collect(&nodes[0]);
        tell(&nodes[0], &nodes[1], 1, START, 0);
    }
    assert_int_equal(used(&nodes[1], "a", 1000, 60, START), 3 * PEER_SESSIONS);
    buf_free(&message);
    end(nodes, 2);
}

static void a_list_of_peers_is_read_strictly(void **state)
{
    static const char *const good[] = {"", "  ", "https://a", "https://a/ , http://10.0.0.2:8080",
                                       "https://a/base/"};
    static const char *const bad[] = {
        "a",       "https://a,",    ",https://a",    "https://a,,https://b", "https://a,https://a/",
        "ftp://a", "https://u:p@a", "https://a?b=c", "https://a b",          "/",
        "//",      "https://a, /"};
    struct peer_list list;
    struct error err;
    char many[1024] = "";
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(good); i++)
        assert_int_equal(peer_list_parse(good[i], &list, &err), 0);
    assert_string_equal(list.url[0], "https://a/base");
    for (i = 0; i < UNIT_COUNT(bad); i++) {
        memset(&err, 0, sizeof(err));
        assert_int_equal(peer_list_parse(bad[i], &list, &err), -1);
        assert_true(err.text[0] != '\0');
    }
    for (i = 0; i <= PEERS_MAX; i++)
        snprintf(many + strlen(many), sizeof(many) - strlen(many), "%shttps://n%zu", i ? "," : "",
                 i);
    assert_int_equal(peer_list_parse(many, &list, &err), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_admits_the_other_counts),
        cmocka_unit_test(a_message_counts_once_however_often_it_comes),
        cmocka_unit_test(a_recorded_message_is_nothing_to_another_life_or_node),
        cmocka_unit_test(what_is_forged_or_mangled_is_refused_and_counts_nothing),
        cmocka_unit_test(what_cannot_be_counted_is_refused_whole),
        cmocka_unit_test(refunds_and_resets_travel),
        cmocka_unit_test(token_buckets_are_emptied_together),
        cmocka_unit_test(what_a_peer_missed_it_is_told_as_far_as_it_still_counts),
        cmocka_unit_test(more_keys_than_there_is_room_for_are_dropped_and_counted),
        cmocka_unit_test(a_burst_of_keys_goes_in_several_messages),
        cmocka_unit_test(a_node_with_two_urls_is_told_once_until_one_leads_elsewhere),
        cmocka_unit_test(the_first_of_two_urls_is_heard_again_after_the_second_has_stood_in),
        cmocka_unit_test(another_secret_begins_all_counts_anew),
        cmocka_unit_test(there_is_a_bound_to_the_sessions),
        cmocka_unit_test(a_list_of_peers_is_read_strictly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
