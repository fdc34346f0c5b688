/*
  test_alloc_network.c - as test_alloc.c, of what speaks over a network: the HTTP client, what it
  delivers, and the listener, each over sockets on the loopback address.
*/
#include "../../plugin/http_client.h"
#include "../../plugin/stop.h"
#include "alloc_scenarios.h"
#include "unit.h"

static void what_asks_others_says_so_and_leaves_nothing_behind(void **state)
{
    (void)state;
    alloc_try_table(alloc_network);
}

static void what_others_ask_says_so_and_leaves_nothing_behind(void **state)
{
    (void)state;
    alloc_try_table(alloc_listener);
}

static void each_allocation_was_made_to_fail(void **state)
{
    (void)state;
    alloc_look(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_asks_others_says_so_and_leaves_nothing_behind),
        cmocka_unit_test(what_others_ask_says_so_and_leaves_nothing_behind),
        cmocka_unit_test(each_allocation_was_made_to_fail),
    };

    alloc_fail_begin();
    stop_reset();
    if (http_global_init() != 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
