/* markup.h - what text must not hold in HTML. Pure; any thread. */
#ifndef PURSER_MARKUP_H
#define PURSER_MARKUP_H

#include <stdbool.h>

#include "buf.h"

/** Append what stands in HTML, in content and in quoted attributes, for a character that is markup
    there: & < > " '. @retval false it is none of them, and nothing was appended */
bool markup_put_escape(struct buf *out, unsigned c);

#endif
