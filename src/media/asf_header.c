/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the file properties among the objects of an ASF header. */
#include "media/asf_header.h"

#include "base/file.h"

#include <libavutil/intreadwrite.h>
#include <string.h>

#define MAX_OBJECTS 1000 /* of a header; of more the rest is not looked at */

bool sfd_asf_header_read(sfd_asf_header *h, int fd)
{
    static const uint8_t file_properties[16] = {0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9, 0xCF, 0x11,
                                                0x8E, 0xE4, 0x00, 0xC0, 0x0C, 0x20, 0x53, 0x65};
    uint8_t head[24], p[104];
    if (!sfd_read_at(fd, 0, head, sizeof head))
        return false;
    const uint64_t end = AV_RL64(head + 16);
    uint64_t at = 30;
    for (int i = 0; i < MAX_OBJECTS; i++) {
        if (at >= end || !sfd_read_at(fd, at, head, sizeof head))
            return false;
        if (memcmp(head, file_properties, sizeof file_properties) == 0)
            break;
        const uint64_t size = AV_RL64(head + 16);
        if (size < sizeof head || size > end - at)
            return false;
        at += size;
    }
    if (memcmp(head, file_properties, sizeof file_properties) != 0 ||
        !sfd_read_at(fd, at, p, sizeof p))
        return false;
    const bool known = !(p[88] & 1);
    const double seconds = (double)AV_RL64(p + 64) / 1e7 - (double)AV_RL64(p + 80) / 1e3;
    h->file_bytes = known ? AV_RL64(p + 40) : 0;
    h->seconds = known && seconds > 0 ? seconds : 0;
    h->packets_at = end + 50;
    h->packet_bytes = AV_RL32(p + 92) == AV_RL32(p + 96) ? AV_RL32(p + 96) : 0;
    return true;
}
