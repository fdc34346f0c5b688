/* Identifiers that are made of references. */
#include "../../udf/record.h"

#include <stdio.h>
#include <string.h>

#include "../../udf/utf8.h"
#include "unit.h"

static struct record record_of(const char *ref)
{
    struct record record = {.created_at = 1751709600000000, .amount = 10000, .currency = "MWK"};

    snprintf(record.ref, sizeof(record.ref), "%s", ref);
    record_derive_id(&record);
    return record;
}

static void the_same_row_has_the_same_identifier_in_each_release(void **state)
{
    struct record record = record_of("TX-1");

    (void)state;
    assert_string_equal(record.id, "TX-1#51f1de3aca41d286");
    assert_true(record_id_is_derived(&record));
}

static void a_reference_that_is_too_long_is_no_other_one(void **state)
{
    struct record one, other;
    char ref[RECORD_REF_SIZE];
    size_t i, shift;

    (void)state;
    for (shift = 0; shift < 2; shift++) {
        memset(ref, 'a', shift);
        for (i = shift; i + 2 < sizeof(ref); i += 2)
            memcpy(ref + i, "\xC3\xA9", 3);
        one = record_of(ref);
        ref[strlen(ref) - 1] ^= 1;
        other = record_of(ref);
        assert_true(utf8_valid(one.id, strlen(one.id)));
        assert_string_not_equal(one.id, other.id);
        assert_false(record_id_is_derived(&one));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_row_has_the_same_identifier_in_each_release),
        cmocka_unit_test(a_reference_that_is_too_long_is_no_other_one),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
