/* SPDX-License-Identifier: Apache-2.0 */
/* Walks along the units of containers, or looks at the last of them. */
#include "media/file_end.h"

#include "base/alloc.h"
#include "base/file.h"
#include "media/asf_header.h"

#include <ctype.h>
#include <libavutil/avstring.h>
#include <libavutil/intreadwrite.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_UNITS  (1 << 20) /* of more the end is not looked for */
#define TAIL_BYTES (1 << 16) /* the longest page of Ogg, and packet of a program stream */

typedef struct input {
    int fd;
    uint64_t n_bytes;
} input;

/* Up to n bytes, zeros behind the end of the file; the number that there are. */
static size_t look(const input *f, uint64_t at, uint8_t *to, size_t n)
{
    const uint64_t left = at < f->n_bytes ? f->n_bytes - at : 0;
    const size_t here = left < n ? (size_t)left : n;
    memset(to, 0, n);
    return sfd_read_at(f->fd, (size_t)at, to, here) ? here : 0;
}

/* Size of a unit with its header; 0: no such unit, or one without an end. */
typedef uint64_t unit_size(const input *f, uint64_t at);

/* Whether the unit at which the file ends is longer than that. */
static bool breaks_off(const input *f, unit_size *size)
{
    uint64_t at = 0;
    for (int i = 0; i < MAX_UNITS && at < f->n_bytes; i++) {
        const uint64_t n = size(f, at);
        if (n == 0)
            return false;
        if (n > f->n_bytes - at)
            return true;
        at += n;
    }
    return false;
}

/* ------------------------------------------------------------------ boxes, chunks, elements */

static bool is_word(const uint8_t name[4])
{
    for (int i = 0; i < 4; i++)
        if (!isalnum(name[i]) && name[i] != ' ' && name[i] != '-')
            return false;
    return true;
}

static uint64_t box_size(const input *f, uint64_t at)
{
    uint8_t head[16];
    const size_t n = look(f, at, head, sizeof head);
    const uint64_t size = AV_RB32(head) == 1 ? AV_RB64(head + 8) : AV_RB32(head);
    if (n < 8 || !is_word(head + 4) || size < 8)
        return 0;
    /* a fragment's samples follow its index */
    return memcmp(head + 4, "moof", 4) == 0 && size == f->n_bytes - at ? size + 8 : size;
}

static const char *mp4_fault(const input *f)
{
    return breaks_off(f, box_size) ? "within a box" : NULL;
}

static uint64_t chunk_size(const input *f, uint64_t at)
{
    uint8_t head[12];
    if (look(f, at, head, sizeof head) < 8 || !is_word(head))
        return 0;
    const bool list = memcmp(head, "LIST", 4) == 0 && memcmp(head + 8, "movi", 4) == 0;
    if (list || memcmp(head, "RIFF", 4) == 0) /* their sizes may never have been written */
        return sizeof head;
    const uint64_t size = AV_RL32(head + 4);
    return 8 + size + size % 2;
}

static const char *avi_fault(const input *f)
{
    return breaks_off(f, chunk_size) ? "within a chunk" : NULL;
}

/* Of an EBML number by its first byte, 0: none. */
static size_t number_length(uint8_t first, size_t most)
{
    size_t n = 1;
    while (n <= most && !(first & (0x100 >> n)))
        n++;
    return n <= most ? n : 0;
}

static uint64_t element_size(const input *f, uint64_t at)
{
    enum { SEGMENT = 0x18538067, CLUSTER = 0x1F43B675 };
    uint8_t head[12];
    look(f, at, head, sizeof head);
    const size_t n_id = number_length(head[0], 4);
    const size_t n_size = n_id ? number_length(head[n_id], 8) : 0;
    if (n_size == 0)
        return 0;
    const uint64_t most = (UINT64_C(1) << 7 * n_size) - 1;
    uint64_t size = 0;
    for (size_t i = 0; i < n_size; i++)
        size = size << 8 | head[n_id + i];
    size &= most;
    if (size != most)
        return n_id + n_size + size;
    const uint32_t id = n_id == 4 ? AV_RB32(head) : 0; /* of unknown size: what is inside counts */
    return id == SEGMENT || id == CLUSTER ? n_id + n_size : 0;
}

static const char *matroska_fault(const input *f)
{
    return breaks_off(f, element_size) ? "within an element" : NULL;
}

/* ------------------------------------------------------------------ the last unit */

static const char *mpegts_fault(const input *f)
{
    static const struct {
        unsigned n, first;
    } packets[] = {{188, 0}, {192, 4}, {204, 0}};
    uint8_t head[3 * 204 + 4];
    look(f, 0, head, sizeof head);
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        const unsigned n = packets[i].n, at = packets[i].first;
        if (head[at] == 0x47 && head[at + n] == 0x47 && head[at + 2 * n] == 0x47)
            return f->n_bytes % n ? "within a packet" : NULL;
    }
    return NULL;
}

static const char *flv_fault(const input *f)
{
    uint8_t last[4], tag[4];
    look(f, f->n_bytes - sizeof last, last, sizeof last);
    const uint32_t n = AV_RB32(last); /* of the tag before */
    if (n == 0)
        return NULL; /* some leave it out */
    const bool fits = n >= 11 && n <= f->n_bytes - sizeof last;
    if (fits)
        look(f, f->n_bytes - sizeof last - n, tag, sizeof tag);
    return fits && (uint32_t)AV_RB24(tag + 1) == n - 11 ? NULL : "within a tag";
}

/* What a file ends with, behind which there may be zeros. */
static bool ends_with(const input *f, const char *mark, size_t n)
{
    uint8_t tail[4096];
    const uint64_t at = f->n_bytes > sizeof tail ? f->n_bytes - sizeof tail : 0;
    size_t end = look(f, at, tail, sizeof tail);
    while (end > 0 && tail[end - 1] == 0)
        end--;
    return end >= n && memcmp(tail + end - n, mark, n) == 0;
}

static const char *gif_fault(const input *f)
{
    return ends_with(f, "\x3b", 1) ? NULL : "without the mark of its end";
}

/* Whether the last picture of a JPEG stream ends; what is compressed contains no marks. */
static const char *jpeg_fault(const input *f)
{
    enum { PART = 4096, MAX_PARTS = 1 << 13 };
    uint8_t part[PART + 2];
    uint64_t end = f->n_bytes;
    for (int k = 0; k < MAX_PARTS && end > 0; k++) {
        const uint64_t at = end > PART ? end - PART : 0;
        look(f, at, part, sizeof part);
        for (size_t i = (size_t)(end - at); i-- > 0;) {
            if (memcmp(part + i, "\xff\xd9", 2) == 0)
                return NULL;
            if (memcmp(part + i, "\xff\xd8\xff", 3) == 0)
                return "within a picture";
        }
        end = at;
    }
    return NULL;
}

/* A frame's size follows from the lines that its first header tells; larger kinds are multiples. */
static const char *dv_fault(const input *f)
{
    uint8_t head[4];
    look(f, 0, head, sizeof head);
    const uint64_t frame = head[3] & 0x80 ? 144000 : 120000;
    return f->n_bytes % frame == 0 ? NULL : "within a frame";
}

/* A stream counts nothing; behind its packets there may be an index. */
static const char *asf_packets_fault(const input *f, uint64_t at, uint32_t packet_bytes)
{
    static const uint8_t index[16] = {0x90, 0x08, 0x00, 0x33, 0xB1, 0xE5, 0xCF, 0x11,
                                      0x89, 0xF4, 0x00, 0xA0, 0xC9, 0x03, 0x49, 0xCB};
    uint8_t head[16];
    for (int i = 0; i < MAX_UNITS && at < f->n_bytes; i++, at += packet_bytes)
        if (look(f, at, head, sizeof head) && memcmp(head, index, sizeof index) == 0)
            return NULL;
    return at > f->n_bytes ? "within a packet" : NULL;
}

static const char *asf_fault(const input *f)
{
    sfd_asf_header h;
    if (!sfd_asf_header_read(&h, f->fd))
        return NULL;
    if (h.file_bytes == 0 && h.packet_bytes > 0)
        return asf_packets_fault(f, h.packets_at, h.packet_bytes);
    return h.file_bytes > f->n_bytes ? "before the end of its packets" : NULL;
}

/* The last page is whole and says that it is the last. */
static const char *check_page(const uint8_t *page, size_t n)
{
    const size_t head = n >= 27 ? 27 + (size_t)page[26] : 0; /* ends with its parts' sizes */
    size_t size = head;
    for (size_t i = 27; i < head && i < n; i++)
        size += page[i];
    if (head == 0 || size > n)
        return "within a page";
    return size < n || page[5] & 4 ? NULL : "without the mark of its end";
}

/* System start codes do not occur within video. */
static const char *check_pes(const uint8_t *packet, size_t n)
{
    enum { END = 0xB9, PACK = 0xBA };
    const size_t size = packet[3] == END ? 4 : packet[3] == PACK ? 12 : 6;
    if (size > n || (size == 6 && 6 + (size_t)AV_RB16(packet + 4) > n))
        return "within a packet";
    return NULL;
}

/* NUT's index, which may be left out, ends with an eight-byte count of its bytes and a checksum. */
static const char *check_nut_index(const uint8_t *packet, size_t n)
{
    return n >= 24 && AV_RB64(packet + n - 12) == n ? NULL : "within its index";
}

static bool is_nut_index(const uint8_t *at)
{
    return AV_RB32(at) == 0x4E58DD67;
}

static bool is_page(const uint8_t *at)
{
    return memcmp(at, "OggS", 4) == 0;
}

static bool is_pes(const uint8_t *at)
{
    return at[0] == 0 && at[1] == 0 && at[2] == 1 && at[3] >= 0xB9;
}

static const char *tail_fault(const input *f, bool (*is_unit)(const uint8_t *),
                              const char *(*check)(const uint8_t *, size_t))
{
    const uint64_t at = f->n_bytes > TAIL_BYTES ? f->n_bytes - TAIL_BYTES : 0;
    uint8_t *tail = sfd_malloc_array(TAIL_BYTES, 1);
    const char *fault = NULL;
    const size_t n = tail ? look(f, at, tail, TAIL_BYTES) : 0;
    size_t i = n >= 4 ? n - 4 : 0;
    while (i > 0 && !is_unit(tail + i))
        i--;
    if (n >= 4 && is_unit(tail + i))
        fault = check(tail + i, n - i);
    free(tail);
    return fault;
}

static const char *ogg_fault(const input *f)
{
    return tail_fault(f, is_page, check_page);
}

static const char *mpegps_fault(const input *f)
{
    return tail_fault(f, is_pes, check_pes);
}

static bool has_nut_index(const input *f)
{
    uint8_t size[8], begin[4];
    look(f, f->n_bytes - 12, size, sizeof size);
    const uint64_t n = AV_RB64(size);
    return n <= f->n_bytes && look(f, f->n_bytes - n, begin, sizeof begin) && is_nut_index(begin);
}

static const char *nut_fault(const input *f)
{
    const char *fault = tail_fault(f, is_nut_index, check_nut_index);
    return fault || has_nut_index(f) ? fault : SFD_NO_INDEX;
}

/* ------------------------------------------------------------------------------------------- */

const char *sfd_file_end_fault(int fd, const char *format)
{
    static const struct {
        const char *format;
        const char *(*fault)(const input *f);
    } kinds[] = {{"mp4", mp4_fault},       {"matroska", matroska_fault},
                 {"mpegts", mpegts_fault}, {"mpeg", mpegps_fault},
                 {"ogg", ogg_fault},       {"avi", avi_fault},
                 {"flv", flv_fault},       {"gif", gif_fault},
                 {"mjpeg", jpeg_fault},    {"jpeg_pipe", jpeg_fault},
                 {"dv", dv_fault},         {"live_flv", flv_fault},
                 {"asf", asf_fault},       {"nut", nut_fault}};
    struct stat st;
    if (fstat(fd, &st) != 0 || st.st_size < 32)
        return NULL;
    const input f = {fd, (uint64_t)st.st_size};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (av_match_name(kinds[i].format, format))
            return kinds[i].fault(&f);
    return NULL;
}

bool sfd_is_cut(const char *fault, size_t n_damaged)
{
    return fault && (n_damaged > 0 || strcmp(fault, SFD_NO_INDEX) != 0);
}
