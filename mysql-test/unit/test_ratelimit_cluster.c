/*
  Rate limits of several nodes: what all of them admit together, call by call, while messages and
  answers are late, lost, or come twice.
*/
#include "unit_peers.h"

#define MODEL_CALLS 400000

struct model_call {
    int64_t at;
    int node;
    uint32_t cost;
};

static struct model_call calls[MODEL_CALLS];

struct model {
    struct node nodes[NODES];
    uint32_t max, window_s;
    int64_t delay; /* between two exchanges at most; the way takes no time */
    int64_t told[NODES][NODES];
    int n, window_begin;
    uint64_t in_window, random;
    uint64_t excess_most;
};

/* What the other nodes have admitted since they told this one last. */
static uint64_t untold(const struct model *m, int node)
{
    uint64_t sum = 0;
    int64_t oldest = INT64_MAX;
    int i;

    for (i = 0; i < NODES; i++)
        if (i != node && m->told[i][node] < oldest)
            oldest = m->told[i][node];
    for (i = m->n - 1; i >= 0 && calls[i].at >= oldest; i--)
        if (calls[i].node != node && calls[i].at >= m->told[calls[i].node][node])
            sum += calls[i].cost;
    return sum;
}

static void admit(struct model *m, int node, uint32_t cost, int64_t now)
{
    uint64_t bound = m->max + untold(m, node);

    if (!take(&m->nodes[node], "k", m->max, m->window_s, cost, now))
        return;
    if (m->n == MODEL_CALLS)
        return;
    calls[m->n++] = (struct model_call){now, node, cost};
    m->in_window += cost;
    for (; calls[m->window_begin].at < now - m->window_s * SECOND; m->window_begin++)
        m->in_window -= calls[m->window_begin].cost;
    assert_true(m->in_window <= bound);
    if (m->in_window > m->max && m->in_window - m->max > m->excess_most)
        m->excess_most = m->in_window - m->max;
}

static void run_model(uint32_t max, uint32_t window_s, int64_t delay, uint64_t seed)
{
    struct model *m = calloc(1, sizeof(*m));
    int64_t now = START, last[NODES][NODES] = {{0}};
    int i, j, step;

    assert_non_null(m);
    m->max = max;
    m->window_s = window_s;
    m->delay = delay;
    m->random = seed;
    begin(m->nodes, NODES);
    for (i = 0; i < NODES; i++)
        for (j = 0; j < NODES; j++)
            m->told[i][j] = last[i][j] = now;
    for (step = 0; step < 30000; step++) {
        now += (int64_t)(unit_random(&m->random) % (uint64_t)(window_s * SECOND / max / 2 + 1));
        admit(m, (int)(unit_random(&m->random) % NODES),
              1 + (uint32_t)(unit_random(&m->random) % (max > 3 ? 3 : 1)), now);
        i = (int)(unit_random(&m->random) % NODES);
        j = (int)(unit_random(&m->random) % NODES);
        if (i == j)
            continue;
        for (; now - last[i][j] >= delay || unit_random(&m->random) % 8 == 0;) {
            int loss = (int)(unit_random(&m->random) % 6), counted;

            last[i][j] = now;
            collect(&m->nodes[i]);
            counted = tell(&m->nodes[i], &m->nodes[j], j, now, loss > 3 ? 0 : loss);
            if (counted >= 0 && m->nodes[i].peers[j].has_session &&
                m->nodes[i].peers[j].count == 0 && m->nodes[i].peers[j].backlog.used == 0)
                m->told[i][j] = now;
            break;
        }
    }
    assert_true(m->n > 1000);
    end(m->nodes, NODES);
    free(m);
}

static void all_nodes_admit_the_limit_and_what_was_not_told_yet(void **state)
{
    uint64_t seed;

    (void)state;
    for (seed = 1; seed <= 4; seed++) {
        run_model(5, 1, SECOND / 10, seed);
        run_model(32, 1, SECOND / 10, seed + 10);
        run_model(100, 10, SECOND, seed + 20);
        run_model(1000, 60, SECOND / 10, seed + 30);
        run_model(300, 1, 2 * SECOND, seed + 40); /* longer than the window */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_nodes_admit_the_limit_and_what_was_not_told_yet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
