/* SPDX-License-Identifier: Apache-2.0 */
/* What the header of an ASF file (wmv) says of the file's size and length.
 *
 * All numbers are little-endian; an object begins with a GUID of 16 bytes and its size of 8, both
 * counted in. The file: header object, whose objects follow 6 more bytes; data object, whose
 * packets follow 26 more bytes; perhaps indices. File properties, from their beginning: at 40 the
 * file's size, at 64 the duration in 100 ns, counted from the preroll on, which at 80 is in ms;
 * flags at 88, of which the lowest says that the three mean nothing; at 92 and 96 the packets'
 * smallest and largest size. */
#ifndef SFD_MEDIA_ASF_HEADER_H
#define SFD_MEDIA_ASF_HEADER_H

#include <stdbool.h>
#include <stdint.h>

typedef struct sfd_asf_header {
    uint64_t file_bytes; /* 0: not known */
    double seconds;      /* 0: not known */
    uint64_t packets_at;
    uint32_t packet_bytes; /* 0: not all of one size */
} sfd_asf_header;

/* False: not an ASF file, or one without file properties. */
bool sfd_asf_header_read(sfd_asf_header *h, int fd);

#endif
