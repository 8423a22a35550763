/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the last unit of a container is whole: what tells that a file was cut off where no header
 * promises its length. */
#ifndef SFD_MEDIA_FILE_END_H
#define SFD_MEDIA_FILE_END_H

#include <stdbool.h>
#include <stddef.h>

/* NUT's index may be left out: that it is missing tells of a cut only beside damaged frames. */
#define SFD_NO_INDEX "without its index"

/* How a regular file of that format (libavformat's name) ends too soon, in words that follow "ends
 * at 3.20 s"; NULL where its last unit is whole, and where the format does not tell. Read are the
 * headers of its units, or its last 64 kB. */
const char *sfd_file_end_fault(int fd, const char *format);

/* Whether a file that ends in that way was cut, given the number of frames that are damaged. */
bool sfd_is_cut(const char *fault, size_t n_damaged);

#endif
