/* SPDX-License-Identifier: Apache-2.0 */
/* JSON written as it comes, to stand inside a page: no character of it means anything to HTML. */
#ifndef SFD_REPORT_JSON_OUT_H
#define SFD_REPORT_JSON_OUT_H

#include <stdbool.h>
#include <stdio.h>

/* Commas are the writer's care. Starts with the stream; write errors stay in it. */
typedef struct sfd_json_out {
    FILE *f;
    bool comma; /* something stands before the next value */
} sfd_json_out;

void sfd_json_put_open(sfd_json_out *j, char bracket);  /* '{' or '[' */
void sfd_json_put_close(sfd_json_out *j, char bracket); /* '}' or ']' */
void sfd_json_put_key(sfd_json_out *j, const char *key);
/* UTF-8; what is not printable becomes '?'; NULL: null. <, >, & and line separators are escaped. */
void sfd_json_put_text(sfd_json_out *j, const char *text);
void sfd_json_put_integer(sfd_json_out *j, long long v);
void sfd_json_put_number(sfd_json_out *j, double v); /* six decimals at most; null if not finite */
void sfd_json_put_bool(sfd_json_out *j, bool v);

#endif
