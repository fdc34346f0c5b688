/* document.c - see work.h. The description is openapi.json, made a string when cmake configures. */
#include "api_assets.h"
#include "work.h"

static const char document[] = API_DOCUMENT;

const char *api_document(size_t *len)
{
    *len = sizeof(document) - 1;
    return document;
}
