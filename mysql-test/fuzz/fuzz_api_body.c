/*
  fuzz_api_body.c - what clients of the API may send: clang's libFuzzer, with AddressSanitizer and
  UBSan. The first byte chooses the route and whether it is a body or a query. What is taken has no
  member that the route does not know; what is refused becomes a problem that a parser takes.
*/
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../plugin/api/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
    if (!holds)
        abort();
}

static void judge_taken(const struct api_route *route, const json_t *object)
{
    const struct api_parameter *p;
    size_t known = 0;

    for (p = route->parameters; p->name; p++) {
        const json_t *value = json_object_get(object, p->name);

        known += value != NULL;
        must(value || !p->required);
        must(!value || (p->kind == API_INTEGER ? json_is_integer(value) : json_is_string(value)));
    }
    must(known == json_object_size(object));
}

static void judge_refused(const struct api_errors *errors)
{
    struct api_answer answer;
    json_t *problem;

    must(errors->count > 0 && errors->count <= API_ERRORS_MAX);
    api_answer_begin(&answer);
    api_problem(&answer, API_INVALID_BODY, errors->list[0].detail, errors);
    problem = json_parse(answer.body.data, answer.body.len, NULL);
    must(problem != NULL);
    json_decref(problem);
    api_answer_free(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct api_errors errors = {0};
    const struct api_route *route;
    char *text;
    json_t *object;
    int routes = 0;

    if (size == 0)
        return 0;
    while (api_route_at(routes))
        routes++;
    route = api_route_at(data[0] / 2 % routes);
    text = malloc(size);
    must(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    object = data[0] % 2 ? api_body_read(route, text, size - 1, &errors)
                         : api_query_read(route, text, &errors);
    if (object)
        judge_taken(route, object);
    else
        judge_refused(&errors);
    must((object != NULL) == (errors.count == 0));
    json_decref(object);
    free(text);
    return 0;
}
