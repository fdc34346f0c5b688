/* sim_generate.h - a day's payments out of nothing, the same ones each time. */
#ifndef SIM_GENERATE_H
#define SIM_GENERATE_H

#include "sim_data.h"

#include <stdint.h>

#define SIM_GENERATE_MAX 10000000

struct sim_generate {
    int64_t count; /* 1 to SIM_GENERATE_MAX */
    uint64_t seed;
    int64_t date; /* midnight UTC in microseconds */
    enum sim_gateway gateway;
};

/**
  Store the payments i = 1 .. count, whose formulas README.md gives (they can be written in SQL, for
  the orders that belong to them). Takes the write lock itself. @return 0, or -1: no memory
*/
int sim_generate(const struct sim_generate *g);

#endif
