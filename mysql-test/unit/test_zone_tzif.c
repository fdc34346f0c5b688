/* Time zone files: the machine's against the C library, and hostile ones. */
#include <ftw.h>
#include <time.h>
#include <unistd.h>

#include "../../udf/zone_internal.h"
#include "unit_zone.h"

static void transitions_are_in_force_from_their_second_on(void **state)
{
    static const char versions[] = {0, '2', '3', '4'};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(versions); i++) {
        struct unit_tzif file = {
            .version = versions[i],
            .types = 3,
            .transitions = 2,
            .offsets = {100, 3600, -7200},
            .transition = {{1000, 1}, {2000, 2}},
        };
        struct zone *zone = unit_zone_of(&file);

        assert_non_null(zone);
        assert_int_equal(zone_offset_at(zone, 1000 * MICROS - 1), 100);
        assert_int_equal(zone_offset_at(zone, 1000 * MICROS), 3600);
        assert_int_equal(zone_offset_at(zone, 2000 * MICROS - 1), 3600);
        assert_int_equal(zone_offset_at(zone, 2000 * MICROS), -7200);
        assert_int_equal(zone_offset_at(zone, INT64_MAX), -7200); /* there is no rule */
        assert_int_equal(zone_offset_at(zone, INT64_MIN), 100);
        zone_destroy(zone);
    }
}

static void after_the_last_transition_the_rule_is_in_force(void **state)
{
    struct unit_tzif file = {
        .version = '2',
        .types = 2,
        .transitions = 1,
        .offsets = {100, 3600},
        .transition = {{1000, 1}},
        .footer = "CAT-2",
    };
    struct zone *zone = unit_zone_of(&file);

    (void)state;
    assert_non_null(zone);
    assert_int_equal(zone_offset_at(zone, 1000 * MICROS - 1), 100);
    assert_int_equal(zone_offset_at(zone, 1000 * MICROS), 7200);
    zone_destroy(zone);
}

static void leap_seconds_are_taken_off_the_transitions(void **state)
{
    struct unit_tzif file = {
        .version = '4',
        .types = 2,
        .transitions = 3,
        .leaps = 2,
        .offsets = {0, 3600},
        .transition = {{500, 1}, {1001, 0}, {3002, 1}},
        .leap = {{900, 1}, {2000, 2}},
    };
    struct zone *zone = unit_zone_of(&file);

    (void)state;
    assert_non_null(zone);
    assert_int_equal(zone_offset_at(zone, 499 * MICROS), 0);
    assert_int_equal(zone_offset_at(zone, 500 * MICROS), 3600);
    assert_int_equal(zone_offset_at(zone, 999 * MICROS), 3600);
    assert_int_equal(zone_offset_at(zone, 1000 * MICROS), 0);
    assert_int_equal(zone_offset_at(zone, 2999 * MICROS), 0);
    assert_int_equal(zone_offset_at(zone, 3000 * MICROS), 3600);
    zone_destroy(zone);
}

static const struct unit_tzif sound = {
    .version = '3',
    .types = 2,
    .transitions = 3,
    .leaps = 1,
    .offsets = {7200, 3600},
    .transition = {{-5000, 1}, {1000, 0}, {2000, 1}},
    .leap = {{100, 1}},
    .footer = "CET-1CEST,M3.5.0,M10.5.0/3",
};

static void expect_malformed(const unsigned char *bytes, size_t len)
{
    struct error err = {0};

    assert_null(unit_zone_from_bytes(bytes, len, &err));
    assert_int_equal(err.code, ERROR_INPUT);
}

static void a_file_with_a_senseless_value_is_refused(void **state)
{
    /* where in the file, and what is put there */
    static const size_t second = 44 + 6 + 4, data = second + 44;
    const struct {
        size_t at;
        unsigned char value;
    } cases[] = {
        {0, 't'},            /* the magic */
        {4, '1'},            /* a version that there never was */
        {4, '5'},            /* and one that there is not yet */
        {second, 'X'},       /* the second magic */
        {second + 23, 1},    /* UT indicators for some types */
        {second + 27, 1},    /* standard indicators for some types */
        {second + 20, 0xFF}, /* counts beyond the file */
        {second + 24, 0xFF},
        {second + 28, 0xFF},
        {second + 32, 0xFF},
        {second + 36, 0xFF},
        {second + 40, 0xFF},
        {second + 39, 0}, /* no types */
        {second + 43, 0}, /* no designations */
        {data + 15, 0},   /* a transition not after the one before */
        {data, 0x7F},
        {data + 24, 2},     /* a type that there is not */
        {data + 27, 0x7F},  /* an offset of years */
        {data + 27 + 4, 2}, /* neither daylight time nor not */
        {data + 27 + 5, 4}, /* a designation beyond the list */
    };
    unsigned char bytes[1000];
    size_t len = unit_tzif(&sound, bytes), i;
    struct zone *zone = unit_zone_from_bytes(bytes, len, NULL);

    (void)state;
    assert_non_null(zone);
    zone_destroy(zone);
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        unsigned char kept = bytes[cases[i].at];

        bytes[cases[i].at] = cases[i].value;
        if (cases[i].at == data + 15)
            memcpy(bytes + data + 8, bytes + data, 8);
        expect_malformed(bytes, len);
        unit_tzif(&sound, bytes);
        assert_int_equal(bytes[cases[i].at], kept);
    }
}

static void offsets_have_the_bounds_of_the_standard(void **state)
{
    static const struct {
        int32_t offset;
        int ok;
    } cases[] = {{-89999, 1}, {93599, 1}, {-90000, 0}, {93600, 0}, {INT32_MIN, 0}, {INT32_MAX, 0}};
    size_t i;

    (void)state;
    for (i = 0; i < UNIT_COUNT(cases); i++) {
        struct unit_tzif file = {.version = '2', .types = 1, .offsets = {cases[i].offset}};
        struct zone *zone = unit_zone_of(&file);

        assert_int_equal(zone != NULL, cases[i].ok);
        zone_destroy(zone);
    }
}

static void a_truncated_file_is_refused(void **state)
{
    unsigned char bytes[1000];
    struct unit_tzif old = sound;
    size_t len, i;

    (void)state;
    len = unit_tzif(&sound, bytes);
    for (i = 0; i < len; i++)
        expect_malformed(bytes, i);
    old.version = 0;
    len = unit_tzif(&old, bytes);
    for (i = 0; i < len; i++)
        expect_malformed(bytes, i);
    expect_malformed((const unsigned char *)"", 0);
    assert_null(zone_from_tzif(NULL, 0, NULL));
}

static void a_file_of_more_than_a_megabyte_is_refused(void **state)
{
    size_t size = 1024 * 1024 + 1, len;
    unsigned char *bytes = calloc(1, size);
    struct zone *zone;

    (void)state;
    len = unit_tzif(&sound, bytes);
    zone = zone_from_tzif(bytes, size - 1, NULL); /* what comes after the footer is not read */
    assert_non_null(zone);
    zone_destroy(zone);
    expect_malformed(bytes, size);
    assert_true(len < 1000);
    free(bytes);
}

static void use(struct zone *zone, uint64_t *seed)
{
    int64_t begin, end, moment = (int64_t)unit_random(seed) >> (unit_random(seed) % 24);
    int32_t offset = zone_offset_at(zone, moment);

    assert_true(offset >= -89999 && offset <= 93599);
    zone_to_wall(zone, moment);
    zone_to_utc(zone, moment);
    zone_day_bounds(zone, zone_day_of(zone, moment), &begin, &end);
    assert_true(begin <= end);
}

static void mutate(const unsigned char *bytes, size_t len, int rounds, uint64_t *seed)
{
    unsigned char *copy = malloc(len);

    while (rounds-- > 0) {
        int changes = 1 + (int)(unit_random(seed) % 8), i;
        size_t length = unit_random(seed) % 4 ? len : unit_random(seed) % (len + 1);
        struct zone *zone;

        memcpy(copy, bytes, len);
        while (changes-- > 0) {
            /* half of the changes to the headers, where they do the most harm */
            size_t at = unit_random(seed) % (unit_random(seed) & 1 ? len : len < 150 ? len : 150);

            if (unit_random(seed) & 1)
                copy[at] ^= (unsigned char)(1U << (unit_random(seed) % 8));
            else
                copy[at] = (unsigned char)unit_random(seed);
        }
        zone = unit_zone_from_bytes(copy, length, NULL);
        for (i = 0; zone && i < 4; i++)
            use(zone, seed);
        zone_destroy(zone);
    }
    free(copy);
}

static void random_changes_to_a_file_never_misbehave(void **state)
{
    static const char *const names[] = {"Europe/Dublin", "America/Sao_Paulo", "Africa/Casablanca"};
    unsigned char bytes[1000];
    uint64_t seed = 31415;
    size_t i, len = unit_tzif(&sound, bytes);
    struct unit_tzif old = sound;

    (void)state;
    mutate(bytes, len, 20000, &seed);
    old.version = 0;
    len = unit_tzif(&old, bytes);
    mutate(bytes, len, 20000, &seed);
    for (i = 0; i < UNIT_COUNT(names); i++) {
        char path[256];
        unsigned char *file;

        snprintf(path, sizeof(path), ZONE_ROOT "/%s", names[i]);
        file = unit_read_file(path, &len);
        if (file)
            mutate(file, len, 20000, &seed);
        free(file);
    }
}

static int compared;

static void compare_at(const struct zone *zone, const char *name, int64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;

    localtime_r(&t, &tm);
    if (zone_offset_at(zone, second * MICROS) != tm.tm_gmtoff)
        fail_msg("%s at %lld: %d, not %ld", name, (long long)second,
                 zone_offset_at(zone, second * MICROS), tm.tm_gmtoff);
}

static int compare_with_c_library(const char *path, const struct stat *status, int type,
                                  struct FTW *where)
{
    static const int64_t end = 4102444800; /* 2100 */
    uint64_t seed = 1 + (uint64_t)compared;
    unsigned char *bytes;
    struct zone *zone;
    size_t len, i;

    (void)status;
    if (type == FTW_D && where->level == 1 &&
        (strcmp(path + where->base, "right") == 0 || strcmp(path + where->base, "posix") == 0))
        return FTW_SKIP_SUBTREE;
    if (type != FTW_F)
        return FTW_CONTINUE;
    bytes = unit_read_file(path, &len);
    if (!bytes || len < 4 || memcmp(bytes, "TZif", 4) != 0) {
        free(bytes);
        return FTW_CONTINUE;
    }
    free(bytes);
    zone = unit_zone_from_path(path);
    setenv("TZ", path, 1);
    tzset();
    for (i = 0; i < 300; i++)
        compare_at(zone, path, (int64_t)(unit_random(&seed) % (uint64_t)end));
    for (i = 0; i < zone->count; i++) {
        if (zone->at[i] > 0 && zone->at[i] < end) {
            compare_at(zone, path, zone->at[i] - 1);
            compare_at(zone, path, zone->at[i]);
        }
    }
    for (i = 1970; i < 2100; i++) { /* changes by the rule */
        int64_t second = date_from_civil((int)i, 1, 1) * DAY_SECONDS;
        struct zone_span span = posix_rule_span(&zone->rule, second);

        if (zone->has_rule && span.end < end && span.end > 0) {
            compare_at(zone, path, span.end - 1);
            compare_at(zone, path, span.end);
        }
    }
    zone_destroy(zone);
    compared++;
    return FTW_CONTINUE;
}

static void every_zone_of_the_machine_agrees_with_the_c_library(void **state)
{
    (void)state;
    compared = 0;
    nftw(ZONE_ROOT, compare_with_c_library, 10, FTW_PHYS | FTW_ACTIONRETVAL);
    if (compared == 0)
        skip();
    print_message("%d zones\n", compared);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *where)
{
    (void)status;
    (void)type;
    (void)where;
    return remove(path);
}

/* Compile the zones of the machine anew, in the way that the arguments of zic say. */
static void compile_and_compare(const char *arguments)
{
    char folder[] = "/tmp/purser-zones-XXXXXX", command[300];

    if (access(ZONE_ROOT "/tzdata.zi", R_OK) != 0 || !mkdtemp(folder))
        skip();
    snprintf(command, sizeof(command),
             "PATH=$PATH:/usr/sbin zic %s -d %s " ZONE_ROOT "/tzdata.zi 2>/dev/null", arguments,
             folder);
    compared = 0;
    if (system(command) == 0)
        nftw(folder, compare_with_c_library, 10, FTW_PHYS | FTW_ACTIONRETVAL);
    nftw(folder, remove_entry, 10, FTW_DEPTH | FTW_PHYS);
    if (compared == 0)
        skip();
    print_message("%d zones\n", compared);
}

static void slim_files_agree_with_the_c_library(void **state)
{
    (void)state;
    compile_and_compare("-b slim");
}

static void fat_files_agree_with_the_c_library(void **state)
{
    (void)state;
    compile_and_compare("-b fat");
}

static void files_that_count_leap_seconds_agree_with_those_that_do_not(void **state)
{
    static const char *const names[] = {"Europe/London", "America/New_York", "Africa/Cairo",
                                        "Asia/Kathmandu", "America/Sao_Paulo"};
    uint64_t seed = 23;
    size_t i;
    int j;

    (void)state;
    for (i = 0; i < UNIT_COUNT(names); i++) {
        struct zone *zone, *right;
        char name[80];
        int64_t end;

        snprintf(name, sizeof(name), "right/%s", names[i]);
        right = unit_zone(name); /* skips the test where it is not there: first, then */
        zone = unit_zone(names[i]);
        end = right->at[right->count - 1]; /* its list of leap seconds expires there */
        for (j = 0; j < 20000; j++) {
            int64_t moment = (int64_t)(unit_random(&seed) % (uint64_t)end) * MICROS;

            assert_int_equal(zone_offset_at(zone, moment), zone_offset_at(right, moment));
        }
        for (j = 0; j < (int)zone->count; j++) {
            if (zone->at[j] > 0 && zone->at[j] < end) {
                assert_int_equal(zone_offset_at(right, zone->at[j] * MICROS), zone->offset[j]);
                assert_int_equal(zone_offset_at(right, zone->at[j] * MICROS - 1),
                                 zone_offset_at(zone, zone->at[j] * MICROS - 1));
            }
        }
        zone_destroy(right);
        zone_destroy(zone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transitions_are_in_force_from_their_second_on),
        cmocka_unit_test(after_the_last_transition_the_rule_is_in_force),
        cmocka_unit_test(leap_seconds_are_taken_off_the_transitions),
        cmocka_unit_test(a_file_with_a_senseless_value_is_refused),
        cmocka_unit_test(offsets_have_the_bounds_of_the_standard),
        cmocka_unit_test(a_truncated_file_is_refused),
        cmocka_unit_test(a_file_of_more_than_a_megabyte_is_refused),
        cmocka_unit_test(random_changes_to_a_file_never_misbehave),
        cmocka_unit_test(every_zone_of_the_machine_agrees_with_the_c_library),
        cmocka_unit_test(slim_files_agree_with_the_c_library),
        cmocka_unit_test(fat_files_agree_with_the_c_library),
        cmocka_unit_test(files_that_count_leap_seconds_agree_with_those_that_do_not),
    };

    return cmocka_run_group_tests_name("zone_tzif", tests, NULL, NULL);
}
