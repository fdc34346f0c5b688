#include "../../udf/audit/runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define NONE UINT64_MAX

static void expect_text(const uint64_t *ids, size_t count, const char *expected)
{
    struct buf out;
    size_t at = 0;
    struct id_runs_reader reader;
    struct id_run run;
    struct error err = {0};
    uint64_t id;

    buf_init(&out, 10000);
    assert_int_equal(id_runs_write(ids, count, &out, &err), 0);
    assert_string_equal(out.len ? out.data : "", expected);
    id_runs_read_init(&reader, out.data, out.len, 1000);
    while (id_runs_read(&reader, &run, &err) == 1) {
        assert_int_equal(run.position, 1000 + at);
        for (id = run.first; id <= run.last; id += run.step)
            assert_true(ids && at < count && ids[at++] == id);
    }
    assert_int_equal(err.code, ERROR_NONE);
    assert_int_equal(at, count);
    assert_int_equal(reader.position, 1000 + count);
    buf_free(&out);
}

#define EXPECT_TEXT(expected, ...)                                                                 \
    expect_text((const uint64_t[]){__VA_ARGS__}, UNIT_COUNT(((const uint64_t[]){__VA_ARGS__})),    \
                expected)

static void ids_are_written_as_runs(void **state)
{
    (void)state;
    expect_text(NULL, 0, "");
    EXPECT_TEXT("1", 1);
    EXPECT_TEXT("1-2", 1, 2);
    EXPECT_TEXT("1-3 5", 1, 2, 3, 5);
    EXPECT_TEXT("1 3 5", 1, 3, 5);
    EXPECT_TEXT("1-7/2", 1, 3, 5, 7);
    EXPECT_TEXT("1-7/2 8-10 13", 1, 3, 5, 7, 8, 9, 10, 13);
    EXPECT_TEXT("1 4-7", 1, 4, 5, 6, 7);
    EXPECT_TEXT("1 3 5-8", 1, 3, 5, 6, 7, 8);
    EXPECT_TEXT("10-196615/65535", 10, 65545, 131080, 196615);
    EXPECT_TEXT("10 65546 131082 196618", 10, 65546, 131082, 196618);
    EXPECT_TEXT("18446744073709486079-18446744073709486080", ID_MAX - 1, ID_MAX);
}

static void as_many_ids_are_taken_as_have_room(void **state)
{
    static const uint64_t ids[] = {1, 2, 3, 5, 100, 102, 104, 106, ID_MAX}; /* 1-3 5 100-106/2 … */
    static const size_t fit[] = {0, 0, 0, 3, 3, 4, 4};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(fit); i++)
        assert_int_equal(id_runs_fit(ids, UNIT_COUNT(ids), i), fit[i]);
    assert_int_equal(id_runs_fit(ids, UNIT_COUNT(ids), 14), 4);
    assert_int_equal(id_runs_fit(ids, UNIT_COUNT(ids), 15), 8);
    assert_int_equal(id_runs_fit(ids, UNIT_COUNT(ids), 35), 8);
    assert_int_equal(id_runs_fit(ids, UNIT_COUNT(ids), 36), 9);
    assert_int_equal(id_runs_fit(ids, 0, 100), 0);
}

static void ids_that_do_not_ascend_are_not_written(void **state)
{
    static const struct {
        uint64_t ids[3];
        const char *why;
    } cases[] = {
        {{0, 1, 2}, "ids have to ascend from 1 on: 0 after 0"},
        {{1, 1, 2}, "ids have to ascend from 1 on: 1 after 1"},
        {{1, 3, 2}, "ids have to ascend from 1 on: 2 after 3"},
        {{1, 2, ID_MAX + 1}, "ids have to ascend from 1 on: 18446744073709486081 after 2"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        struct buf out;

        buf_init(&out, 100);
        assert_int_equal(id_runs_write(cases[i].ids, 3, &out, &err), -1);
        assert_string_equal(err.text, cases[i].why);
        assert_int_equal(out.len, 0);
        buf_free(&out);
    }
}

static void a_text_that_is_too_long_is_an_error(void **state)
{
    static const uint64_t ids[] = {1, 10, 100, 1000};
    struct error err = {0};
    struct buf out;

    (void)state;
    buf_init(&out, 8);
    assert_int_equal(id_runs_write(ids, 4, &out, &err), -1);
    assert_int_equal(err.code, ERROR_MEMORY);
    buf_free(&out);
}

static void bad_text_is_an_error_that_names_the_byte(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {" ", "byte 1: a number is expected"},
        {"0", "byte 1: a number begins with 0"},
        {"01", "byte 1: a number begins with 0"},
        {"1 ", "byte 3: a number is expected"},
        {" 1", "byte 1: a number is expected"},
        {"1  2", "byte 3: a number is expected"},
        {"1,2", "byte 2: a blank is expected"},
        {"1\n", "byte 2: a blank is expected"},
        {"1 1", "byte 4: ids do not ascend"},
        {"1-5 5", "byte 6: ids do not ascend"},
        {"5-1", "byte 4: a run ends before it begins"},
        {"5-5", "byte 4: a run ends before it begins"},
        {"1-", "byte 3: a number is expected"},
        {"1--2", "byte 3: a number is expected"},
        {"-1", "byte 1: a number is expected"},
        {"1-5/", "byte 5: a number is expected"},
        {"1-5/0", "byte 5: a number begins with 0"},
        {"1-5/1", "byte 6: a step of 1 is not written"},
        {"1-5/3", "byte 6: the steps do not end at the last id"},
        {"1/2", "byte 2: a blank is expected"},
        {"1-65537/65536", "byte 13: the number is too large"},
        {"18446744073709486081", "byte 20: the number is too large"},
        {"99999999999999999999", "byte 20: the number is too large"},
        {"1-18446744073709486080 x", "byte 24: a number is expected"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct error err = {0};
        struct id_runs set;

        id_runs_init(&set, 100);
        assert_int_equal(
            id_runs_insert_text(&set, cases[i].text, strlen(cases[i].text), 0, NULL, NULL, &err),
            -1);
        if (strncmp(err.text, "runs, ", 6) != 0 || strcmp(err.text + 6, cases[i].why) != 0)
            fail_msg("%s: %s", cases[i].text, err.text);
        id_runs_free(&set);
    }
}

static void positions_that_are_too_great_are_an_error(void **state)
{
    struct error err = {0};
    struct id_runs set;
    uint64_t count;

    (void)state;
    id_runs_init(&set, 100);
    assert_int_equal(id_runs_insert_text(&set, "1-10", 4, UINT64_MAX - 9, &count, NULL, &err), -1);
    assert_string_equal(err.text, "runs, byte 5: there are too many ids");
    assert_int_equal(id_runs_insert_text(&set, "1-10", 4, UINT64_MAX - 10, &count, NULL, NULL), 0);
    assert_int_equal(count, 10);
    id_runs_free(&set);
}

/* ---- sets */

static void expect_run_count(struct id_runs *set, const char *text, uint64_t position, size_t runs)
{
    struct error err = {0};

    if (id_runs_insert_text(set, text, strlen(text), position, NULL, NULL, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    if (set->run_count != runs)
        fail_msg("%s: %zu runs", text, set->run_count);
}

static void runs_become_one_where_ids_and_positions_follow_on(void **state)
{
    struct id_runs set;
    uint64_t position;

    (void)state;
    id_runs_init(&set, 1000);
    expect_run_count(&set, "1-500", 0, 1);
    expect_run_count(&set, "501-600", 500, 1);
    expect_run_count(&set, "602-700", 600, 2);
    expect_run_count(&set, "601", 699, 3); /* in the gap, sealed later: at another place */
    assert_true(id_runs_find(&set, 601, &position));
    assert_int_equal(position, 699);
    id_runs_free(&set);

    expect_run_count(&set, "10-20", 100, 1);
    expect_run_count(&set, "30-40", 120, 2);
    expect_run_count(&set, "21-29", 111, 1);
    expect_run_count(&set, "5-9", 95, 1);
    assert_int_equal(set.lists[0].runs[0].position, 95);
    id_runs_free(&set);
}

/* Three nodes, each of which takes every third id, and whose rows are sealed at other times. */
static void runs_of_several_nodes_lie_between_each_other(void **state)
{
    struct id_runs set;
    uint64_t position, id;

    (void)state;
    id_runs_init(&set, 3);
    expect_run_count(&set, "1-301/3", 0, 1);
    expect_run_count(&set, "2-302/3", 101, 2);
    expect_run_count(&set, "304-601/3", 202, 3); /* after its list, but not its positions */
    assert_false(id_runs_find(&set, 3, NULL));
    for (id = 1; id <= 301; id += 3) {
        assert_true(id_runs_find(&set, id, &position));
        assert_int_equal(position, id / 3);
        assert_true(id_runs_find(&set, id + 1, &position));
        assert_int_equal(position, 101 + id / 3);
    }
    expect_run_count(&set, "604", 302, 3); /* one id goes on with its node's run */
    expect_run_count(&set, "607-901/3", 303, 3);
    assert_int_equal(id_runs_last(&set), 901);
    assert_int_equal(id_runs_first(&set), 1);
    assert_int_equal(id_runs_count(&set), 101 + 101 + 200);
    id_runs_free(&set);
}

static void an_id_is_in_a_set_but_once(void **state)
{
    static const struct {
        const char *has, *adds;
        uint64_t twice;
    } cases[] = {
        {"1-10", "10", 10},
        {"5-10", "1-5", 5},
        {"1-10/3", "2-9", 4},
        {"1-100/3", "2-98/4", 10},
        {"1-100/3", "2-101/3", 0},
        {"4-100/4", "2-98/4", 0},
        {"4-100/4", "2-101/3", 8},
        {"4-100/4", "3-101/2", 0},
        {"1-10 20-30", "11-19", 0},
        {"1-10 20-30", "11-20", 20},
        {"4-100/6", "2-98/4", 10},
        {"3-99/6", "2-98/4", 0},
        {"1 100", "10-90/10", 0},
        {"1 50 100", "2-98/3", 50},
        {"1-65536/65535", "65536", 65536},
        {"7-1000007/50000", "13-655343/65533", 0},
    };
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        uint64_t twice, count;
        struct id_runs set;
        int rc;

        id_runs_init(&set, 1000);
        assert_int_equal(
            id_runs_insert_text(&set, cases[i].has, strlen(cases[i].has), 0, &count, &twice, NULL),
            0);
        assert_int_equal(twice, 0);
        rc = id_runs_insert_text(&set, cases[i].adds, strlen(cases[i].adds), 1000, NULL, &twice,
                                 NULL);
        if (rc != (cases[i].twice != 0) || twice != cases[i].twice)
            fail_msg("%s and %s: %llu", cases[i].has, cases[i].adds, (unsigned long long)twice);
        if (rc)
            assert_int_equal(id_runs_count(&set), count);
        id_runs_free(&set);
    }
}

static void what_is_too_much_is_an_error(void **state)
{
    struct id_run bad[] = {{0, 1, 1, 0}, {2, 1, 1, 0},         {1, 4, 2, 0},
                           {1, 2, 0, 0}, {1, 65537, 65536, 0}, {1, ID_MAX + 1, 1, 0}};
    struct error err = {0};
    struct id_runs set;
    size_t i;

    (void)state;
    id_runs_init(&set, 2);
    expect_run_count(&set, "1 3", 0, 2);
    expect_run_count(&set, "4", 2, 2);
    assert_int_equal(id_runs_insert_text(&set, "6", 1, 3, NULL, NULL, &err), -1);
    assert_string_equal(err.text, "the ids have too many gaps: more than 2 runs");
    for (i = 0; i < UNIT_COUNT(bad); i++)
        assert_int_equal(id_runs_insert(&set, &bad[i], NULL, NULL), -1);
    id_runs_free(&set);
}

/* ---- against a plain array */

#define DOMAIN 300

struct model {
    uint64_t positions[DOMAIN + 1]; /* NONE: not in the set */
};

struct told {
    uint64_t ids[DOMAIN + 1];
    size_t count, ranges;
};

static int tell(void *context, uint64_t first, uint64_t last)
{
    struct told *told = context;

    assert_true(told->count == 0 || told->ids[told->count - 1] + 1 < first);
    told->ranges++;
    for (; first <= last; first++)
        told->ids[told->count++] = first;
    return 0;
}

static void same_as_model(const struct id_runs *set, const struct model *model)
{
    uint64_t id, position, count = 0, last = 0, next = 0;
    struct told told = {.count = 0};
    size_t at = 0;

    for (id = 1; id <= DOMAIN; id++) {
        bool in = id_runs_find(set, id, &position);

        assert_true(in == (model->positions[id] != NONE));
        if (in) {
            assert_int_equal(position, model->positions[id]);
            next = id_runs_next(set, last);
            assert_int_equal(next, id);
            last = id;
        }
        count += in;
    }
    assert_int_equal(id_runs_next(set, last), 0);
    assert_int_equal(id_runs_count(set), count);
    assert_int_equal(id_runs_last(set), last);
    assert_int_equal(id_runs_missing(set, 0, DOMAIN, DOMAIN, tell, &told), 0);
    for (id = 1; id <= DOMAIN; id++) {
        if (model->positions[id] == NONE)
            assert_int_equal(told.ids[at++], id);
    }
    assert_int_equal(at, told.count);
    for (id = 0; id < DOMAIN; id += 7) {
        for (count = 0, at = id + 1; at < id + 50 && at <= DOMAIN; at++)
            count += model->positions[at] != NONE;
        assert_int_equal(id_runs_between(set, id, id + 50), count);
    }
    assert_int_equal(id_runs_between(set, 0, UINT64_MAX), id_runs_count(set));
    if (told.ranges) {
        size_t all = told.ranges;

        told = (struct told){.count = 0};
        assert_int_equal(id_runs_missing(set, 0, DOMAIN, all - 1, tell, &told), 1);
        assert_int_equal(told.ranges, all - 1);
    }
}

static void insert_at_random(struct id_runs *set, struct model *model, uint64_t *seed,
                             uint64_t *position)
{
    static const uint64_t steps[] = {1, 1, 2, 3, 3, 3, 7, 6};
    uint64_t step = steps[unit_random(seed) % UNIT_COUNT(steps)];
    uint64_t count = 1 + unit_random(seed) % 12, first = 1 + unit_random(seed) % DOMAIN, id, i;
    uint64_t expected = 0, twice;
    struct id_run run;

    while (first + (count - 1) * step > DOMAIN)
        count--;
    if (unit_random(seed) % 3 == 0) /* follow on */
        *position += 1;
    for (i = count; i-- > 0;) {
        if (model->positions[first + i * step] != NONE)
            expected = first + i * step;
    }
    run = (struct id_run){first, first + (count - 1) * step, count == 1 ? 1 : step, *position};
    assert_int_equal(id_runs_insert(set, &run, &twice, NULL), expected != 0);
    if (expected) { /* one of them, not always the least */
        assert_true(twice >= 1 && twice <= DOMAIN && model->positions[twice] != NONE);
        return;
    }
    for (i = 0, id = first; i < count; i++, id += step)
        model->positions[id] = (*position)++;
}

static void sets_do_what_a_plain_array_does(void **state)
{
    uint64_t seed = 4711, position;
    int round, i;

    (void)state;
    for (round = 0; round < 300; round++) {
        struct model model;
        struct id_runs set;

        memset(&model, 0xFF, sizeof(model));
        id_runs_init(&set, DOMAIN);
        position = 0;
        for (i = 0; i < 60; i++) {
            insert_at_random(&set, &model, &seed, &position);
            if (unit_random(&seed) % 20 == 0) {
                uint64_t up_to = unit_random(&seed) % (DOMAIN + 20);

                id_runs_drop(&set, up_to);
                memset(model.positions, 0xFF,
                       (up_to < DOMAIN ? up_to + 1 : DOMAIN + 1) * sizeof(model.positions[0]));
            }
            same_as_model(&set, &model);
        }
        id_runs_free(&set);
    }
}

static void more_steps_than_lists_are_kept_id_by_id(void **state)
{
    struct id_runs set;
    uint64_t position, first, step;

    (void)state;
    id_runs_init(&set, 1000);
    for (step = 2; step < 100; step++) {
        struct id_run run;

        first = step * 1000;
        run = (struct id_run){first, first + 4 * step, step, step * 10};
        assert_int_equal(id_runs_insert(&set, &run, NULL, NULL), 0);
    }
    assert_int_equal(set.list_count, ID_LISTS_MAX);
    assert_int_equal(id_runs_count(&set), 98 * 5);
    for (step = 2; step < 100; step++) {
        assert_true(id_runs_find(&set, step * 1000 + 3 * step, &position));
        assert_int_equal(position, step * 10 + 3);
        assert_false(id_runs_find(&set, step * 1000 + 3 * step + 1, NULL));
    }
    id_runs_drop(&set, UINT64_MAX);
    assert_int_equal(set.list_count, 1);
    assert_int_equal(set.run_count, 0);
    assert_int_equal(id_runs_count(&set), 0);
    id_runs_free(&set);
}

static int stop_at_once(void *context, uint64_t first, uint64_t last)
{
    *(uint64_t *)context = last - first;
    return 7;
}

static void gaps_end_where_they_are_asked_to(void **state)
{
    struct told told = {.count = 0};
    struct id_runs set;
    uint64_t size;

    (void)state;
    id_runs_init(&set, 10);
    expect_run_count(&set, "10-20 30", 0, 2);
    assert_int_equal(id_runs_missing(&set, 15, 25, 10, tell, &told), 0);
    assert_int_equal(told.count, 5);
    assert_int_equal(told.ids[0], 21);
    assert_int_equal(id_runs_missing(&set, 10, 20, 0, tell, &told), 0);
    assert_int_equal(id_runs_missing(&set, 20, 20, 0, tell, &told), 0);
    assert_int_equal(id_runs_missing(&set, UINT64_MAX, UINT64_MAX, 0, tell, &told), 0);
    assert_int_equal(id_runs_missing(&set, 30, UINT64_MAX, 1, stop_at_once, &size), 7);
    assert_int_equal(size, UINT64_MAX - 31);
    id_runs_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_written_as_runs),
        cmocka_unit_test(as_many_ids_are_taken_as_have_room),
        cmocka_unit_test(ids_that_do_not_ascend_are_not_written),
        cmocka_unit_test(a_text_that_is_too_long_is_an_error),
        cmocka_unit_test(bad_text_is_an_error_that_names_the_byte),
        cmocka_unit_test(positions_that_are_too_great_are_an_error),
        cmocka_unit_test(runs_become_one_where_ids_and_positions_follow_on),
        cmocka_unit_test(runs_of_several_nodes_lie_between_each_other),
        cmocka_unit_test(an_id_is_in_a_set_but_once),
        cmocka_unit_test(what_is_too_much_is_an_error),
        cmocka_unit_test(sets_do_what_a_plain_array_does),
        cmocka_unit_test(more_steps_than_lists_are_kept_id_by_id),
        cmocka_unit_test(gaps_end_where_they_are_asked_to),
    };

    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
