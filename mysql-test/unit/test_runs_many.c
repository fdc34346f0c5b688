/* Runs of very many ids: what looks at each of them often does not end in time. */
#include "../../udf/audit/runs.h"

#include "unit.h"

#define IDS 2000000

static uint64_t ids[IDS];

static void ids_that_lie_far_apart_are_looked_at_once(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < IDS; i++)
        ids[i] = (i + 1) * (ID_STEP_MAX + 1);
    assert_int_equal(id_runs_fit(ids, IDS, SIZE_MAX), IDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_that_lie_far_apart_are_looked_at_once),
    };

    return cmocka_run_group_tests_name("runs_many", tests, NULL, NULL);
}
