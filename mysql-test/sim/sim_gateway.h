/* sim_gateway.h - which path of which gateway is answered by what. */
#ifndef SIM_GATEWAY_H
#define SIM_GATEWAY_H

#include "sim_http.h"

#define SIM_ROUTES 16

/** Answers one path. @param id  the variable part of the path, decoded; "" where it has none */
typedef void sim_handler(const struct sim_request *rq, const char *id, struct sim_answer *answer);

/** Name of a route for the statistics, "square /v2/payments". */
const char *sim_route_name(int route);

/**
  Which gateway and route a path belongs to.
  @param path  decoded @param id  the variable part, below id_size bytes
  @return number of the route; an unknown path below a gateway has a route too; -1: no gateway's
  path
*/
int sim_route_find(const char *path, enum sim_gateway *gateway, char *id, size_t id_size);

/** Answer a request of this route as the gateway would, faults that replace the answer included. */
void sim_gateway_answer(const struct sim_request *rq, int route, const char *id,
                        const char *const tokens[SIM_GATEWAYS], struct sim_answer *answer);

/* sim_square.c */
sim_handler sim_square_payments, sim_square_refunds, sim_square_payment, sim_square_refund,
    sim_square_locations;
/** An error in Square's form. */
void sim_square_error(struct sim_answer *answer, int status, const char *code, const char *detail);

/* sim_paychangu.c */
sim_handler sim_paychangu_checkout, sim_paychangu_mobile, sim_paychangu_bank, sim_paychangu_card,
    sim_paychangu_balance, sim_paychangu_operators, sim_paychangu_list;
/** An error in PayChangu's form. @param data_string  "data":"null" in place of null */
void sim_paychangu_error(struct sim_answer *answer, int status, bool data_string,
                         const char *message);

#endif
