/* note_text.h - the parts of a note; for note.c and checkpoint.c alone. */
#ifndef PURSER_AUDIT_NOTE_TEXT_H
#define PURSER_AUDIT_NOTE_TEXT_H

#include "note.h"

#define NOTE_DASH "\xE2\x80\x94 " /* U+2014 and a blank, with which a signature line begins */
#define NOTE_SIGNATURE_MAX 8192   /* bytes of another's signature, whatever its kind */

/**
  Where the two parts of a note are.
  @param[out] body  length of the signed text, its last newline included
  @param[out] signatures  where the signature lines begin, which may be at the end
  @retval 0 @retval -1 ERROR_INPUT, ERROR_LIMIT
*/
int note_split(const char *text, size_t len, size_t *body, size_t *signatures, struct error *err);

/** Append the signature line over a text. @retval 0 @retval -1 with err */
int note_sign(const char *text, size_t len, const struct note_signer *signer, struct buf *out,
              struct error *err);

#endif
