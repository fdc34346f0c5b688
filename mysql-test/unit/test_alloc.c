/*
  test_alloc.c - whatever runs out of memory says so, gives back what it took, and is not half done
  (alloc_fail.h). And each allocation of the modules that are tested without a server was made to
  fail; test_alloc_network.c has those whose work takes a network.
*/
#include "../../plugin/stop.h"
#include "alloc_scenarios.h"
#include "unit.h"

#define TRY(table)                                                                                 \
    static void table##_say_so_and_leave_nothing_behind(void **state)                              \
    {                                                                                              \
        (void)state;                                                                               \
        alloc_try_table(table);                                                                    \
    }

TRY(alloc_udf)
TRY(alloc_limits)
TRY(alloc_shared)
TRY(alloc_gateways)
TRY(alloc_answers)
TRY(alloc_database)

static void each_allocation_was_made_to_fail(void **state)
{
    (void)state;
    alloc_look(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_udf_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_limits_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_shared_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_gateways_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_answers_say_so_and_leave_nothing_behind),
        cmocka_unit_test(alloc_database_say_so_and_leave_nothing_behind),
        cmocka_unit_test(each_allocation_was_made_to_fail),
    };

    alloc_fail_begin();
    stop_reset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
