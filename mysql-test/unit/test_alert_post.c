/* Messages on their way between the outbox and those that send. */
#include "alert/post.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stop.h"
#include "unit.h"

#define MESSAGES 2000
#define SENDERS 3

static struct parcel *parcel_of(uint64_t row, const char *channel)
{
    struct parcel *parcel = parcel_create();

    parcel->row = row;
    snprintf(parcel->channel.name, sizeof(parcel->channel.name), "%s", channel);
    parcel->subject = strdup("subject");
    parcel->text = strdup("text");
    return parcel;
}

static void begin(void)
{
    stop_reset();
    post_reset();
}

static void a_message_keeps_its_place_until_it_is_written_down(void **state)
{
    struct parcel *parcel;
    uint64_t rows[POST_MAX];

    (void)state;
    begin();
    assert_true(post_hand(parcel_of(7, "ops")));
    assert_int_equal(post_count("ops"), 1);
    assert_int_equal(post_count("hook"), 0);
    assert_null(post_finished());
    parcel = post_take(post_wakes(), 1000);
    assert_int_equal(parcel->row, 7);
    assert_null(post_take(post_wakes(), 0));
    parcel->outcome = POST_SENT;
    post_make_id("shop", "key", parcel->id);
    assert_false(post_has_sent(parcel->id));
    post_done(parcel);
    assert_ptr_equal(post_finished(), parcel);
    assert_true(post_has_sent(parcel->id));
    assert_int_equal(post_rows(rows), 1);
    assert_int_equal(rows[0], 7);
    post_drop(parcel);
    assert_null(post_finished());
    assert_int_equal(post_count(NULL), 0);
}

static void there_is_room_for_so_many_and_they_keep_their_order(void **state)
{
    struct parcel *parcel;
    uint64_t i;

    (void)state;
    begin();
    for (i = 1; i <= POST_MAX; i++)
        assert_true(post_hand(parcel_of(i, "ops")));
    parcel = parcel_of(i, "ops");
    assert_false(post_hand(parcel));
    parcel_destroy(parcel);
    for (i = 1; i <= POST_MAX; i++) {
        parcel = post_take(post_wakes(), 0);
        assert_int_equal(parcel->row, i);
        post_done(parcel);
    }
    post_reset(); /* takes them away */
    assert_int_equal(post_count(NULL), 0);
}

/* Whoever looks for something else first, and then waits, hears what comes in between. */
static void a_wake_before_the_wait_ends_it(void **state)
{
    unsigned long long seen;

    (void)state;
    begin();
    seen = post_wakes();
    post_wake();
    assert_null(post_take(seen, 3600000));
}

/* A thread that was left behind comes back in the next life. */
static void what_an_earlier_life_has_taken_is_nobodys(void **state)
{
    struct parcel *old;

    (void)state;
    begin();
    post_hand(parcel_of(1, "ops"));
    old = post_take(post_wakes(), 0);
    begin();
    post_hand(parcel_of(2, "ops"));
    old->outcome = POST_SENT;
    post_done(old);
    assert_null(post_finished());
    assert_int_equal(post_count(NULL), 1);
    post_reset();
}

static void an_id_is_of_the_shop_and_the_key(void **state)
{
    char a[POST_ID_SIZE], b[POST_ID_SIZE];

    (void)state;
    /* printf 'shop\nkey' | sha256sum */
    assert_int_equal(post_make_id("shop", "key", a), 0);
    assert_string_equal(a, "2cb5e5333194f89d5a0eb9800cfcb8de");
    assert_int_equal(post_make_id("other", "key", b), 0);
    assert_string_not_equal(a, b);
}

static atomic_int sent;

static void *sender(void *unused)
{
    struct parcel *parcel;

    (void)unused;
    while (!stop_requested()) {
        parcel = post_take(post_wakes(), 50);
        if (!parcel)
            continue;
        parcel->outcome = POST_SENT;
        atomic_fetch_add(&sent, 1);
        post_done(parcel);
    }
    return NULL;
}

static void each_message_is_sent_by_one_thread(void **state)
{
    static bool seen[MESSAGES + 1];
    pthread_t threads[SENDERS];
    struct parcel *parcel;
    uint64_t next = 1;
    int i, settled = 0;

    (void)state;
    begin();
    for (i = 0; i < SENDERS; i++)
        pthread_create(&threads[i], NULL, sender, NULL);
    while (settled < MESSAGES) {
        while ((parcel = post_finished()) != NULL) {
            assert_false(seen[parcel->row]);
            seen[parcel->row] = true;
            post_drop(parcel);
            settled++;
        }
        while (next <= MESSAGES && post_count(NULL) < POST_MAX)
            assert_true(post_hand(parcel_of(next++, "ops")));
        post_wait(100);
    }
    stop_request();
    post_wake();
    for (i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&sent), MESSAGES);
    post_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_keeps_its_place_until_it_is_written_down),
        cmocka_unit_test(there_is_room_for_so_many_and_they_keep_their_order),
        cmocka_unit_test(a_wake_before_the_wait_ends_it),
        cmocka_unit_test(what_an_earlier_life_has_taken_is_nobodys),
        cmocka_unit_test(an_id_is_of_the_shop_and_the_key),
        cmocka_unit_test(each_message_is_sent_by_one_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
