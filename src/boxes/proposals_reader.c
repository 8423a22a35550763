/* SPDX-License-Identifier: Apache-2.0 */
/* Reading proposals of any format, told apart by content. */
#include "boxes/proposals_reader.h"

#include "base/decimal.h"
#include "base/error.h"
#include "base/file.h"
#include "base/settings.h"
#include "base/text.h"
#include "boxes/ava_row.h"
#include "boxes/pickled_proposals.h"

#include <math.h>
#include <string.h>

typedef sfd_status (*reader)(sfd_proposals *p, const char *path, sfd_error *err);

static bool starts_json(const unsigned char *data, size_t n)
{
    size_t i = 0;
    while (i < n && strchr(" \t\r\n", data[i]) && data[i])
        i++;
    return i < n && (data[i] == '[' || data[i] == '{');
}

/* A pipe cannot be looked into and is taken for csv, whose reader reports what is wrong with a
 * path. */
static reader choose_reader(const char *path)
{
    sfd_mapping m;
    reader chosen = sfd_proposals_read_csv;
    if (strcmp(path, "-") == 0 || sfd_map_file(&m, path, NULL) != SFD_OK)
        return chosen;
    if (sfd_is_pickle(m.data, m.n_bytes))
        chosen = sfd_proposals_read_pickle;
    else if (starts_json(m.data, m.n_bytes))
        chosen = sfd_proposals_read_json;
    sfd_unmap(&m);
    return chosen;
}

sfd_status sfd_proposals_read(sfd_proposals **out, const char *path, const char *const *video_ids,
                              size_t n_video_ids, const sfd_proposals_settings *settings,
                              sfd_error *err)
{
    sfd_proposals_settings s;
    sfd_proposals *p;
    *out = NULL;
    sfd_status status = SFD_SETTINGS_TAKE(sfd_proposals_settings, &s, settings, err);
    if (status == SFD_OK)
        status = sfd_proposals_begin(&p, strcmp(path, "-") == 0 ? "stdin" : path, video_ids,
                                     n_video_ids, s.box_threshold, err);
    if (status != SFD_OK)
        return status;
    status = choose_reader(path)(p, path, err);
    return sfd_proposals_finish(out, p, status, err);
}

static bool is_fraction(double v)
{
    return v >= -SFD_AVA_MAX_OVERHANG && v <= 1 + SFD_AVA_MAX_OVERHANG;
}

sfd_status sfd_proposals_add_numbers(sfd_proposals *p, const char *place, const char *timestamp,
                                     const sfd_box_norm *box, double score, sfd_error *err)
{
    double timestamp_s;
    const double corner[4] = {box->x1, box->y1, box->x2, box->y2};
    char text[4][SFD_DECIMAL_CHARS];
    const char *texts[4];
    if (!sfd_parse_double(timestamp, strlen(timestamp), &timestamp_s) || !isfinite(timestamp_s))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: timestamp \"%s\" is not a number", place,
                        timestamp);
    if (!(score >= 0 && score <= 1))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: score %g is not within 0..1", place, score);
    for (int i = 0; i < 4; i++) {
        if (!is_fraction(corner[i]))
            return sfd_fail(
                err, SFD_ERR_FORMAT,
                "%s: %g is not a fraction of the picture within 0..1 (is it in pixels?)", place,
                corner[i]);
        texts[i] = sfd_format_short(text[i], corner[i]);
    }
    if (box->x1 > box->x2 || box->y1 > box->y2)
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: box %s,%s,%s,%s is inverted", place, texts[0],
                        texts[1], texts[2], texts[3]);
    return sfd_proposals_add(p, timestamp_s, box, score, timestamp, texts, err);
}
