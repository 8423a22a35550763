/* SPDX-License-Identifier: Apache-2.0 */
/* How a page refers to a file beside it. */
#ifndef SFD_REPORT_LINK_H
#define SFD_REPORT_LINK_H

/* A relative address of `path` for a page at `page` ("-": in the current folder), with all but
 * letters, digits, "/", "-", "_", "." and "~" as %XX. NULL without memory, or where one of the
 * folders cannot be found; the caller frees it. */
char *sfd_report_link(const char *path, const char *page);

#endif
