/* SPDX-License-Identifier: Apache-2.0 */
/* Proposals from numbers in memory. */
#include "base/ava_row.h"
#include "base/box.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/text.h"
#include "boxes/proposals_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef const char *(*spell_fn)(char *text, double v);

static sfd_status add_spelled(sfd_proposals *p, const char *place, const char *timestamp,
                              const sfd_proposal *b, bool apart, spell_fn spell, sfd_error *err)
{
    const sfd_box_norm *box = &b->box;
    sfd_box_to_add add = {.box = b->box,
                          .score = b->score,
                          .person_id = b->has_person_id ? b->person_id : 0,
                          .has_person_id = b->has_person_id,
                          .apart = apart,
                          .timestamp_text = timestamp};
    char text[4][SFD_DECIMAL_CHARS];
    const double corner[4] = {box->x1, box->y1, box->x2, box->y2};
    int at;
    if (!sfd_parse_double(timestamp, strlen(timestamp), &add.timestamp_s) ||
        !(fabs(add.timestamp_s) <= SFD_AVA_MAX_TIMESTAMP_S))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: timestamp \"%s\" is not seconds", place,
                        timestamp);
    if (!(b->score >= 0 && b->score <= 1))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: score %g is not within 0..1", place, b->score);
    const sfd_box_state state = sfd_box_examine(box, &at);
    if (!sfd_box_usable(state))
        return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s %g is not %s", place, sfd_box_corner_name(at),
                        corner[at], sfd_box_wanted(state, at));
    add.cut = state == SFD_BOX_CUT;
    if (add.cut)
        sfd_box_clip(&add.box);
    for (int i = 0; i < 4; i++)
        add.corners[i] = spell(text[i], corner[i]);
    return sfd_proposals_add(p, &add, err);
}

sfd_status sfd_proposals_add_numbers(sfd_proposals *p, const char *place, const char *timestamp,
                                     const sfd_proposal *b, bool apart, sfd_error *err)
{
    return add_spelled(p, place, timestamp, b, apart, sfd_format_short, err);
}

static double six_decimals(double v)
{
    return rint(v * 1e6) / 1e6;
}

sfd_status sfd_proposals_add_as_csv(sfd_proposals *p, const char *place, const char *timestamp,
                                    const sfd_proposal *b, sfd_error *err)
{
    sfd_proposal rounded = *b;
    rounded.box = (sfd_box_norm){six_decimals(b->box.x1), six_decimals(b->box.y1),
                                 six_decimals(b->box.x2), six_decimals(b->box.y2)};
    return add_spelled(p, place, timestamp, &rounded, true, sfd_format_fixed6, err);
}

sfd_status sfd_proposals_make(sfd_proposals **out, const char *video_id, const sfd_proposal *list,
                              size_t n, sfd_error *err)
{
    *out = NULL;
    sfd_proposals *p;
    sfd_proposals_settings settings;
    sfd_proposals_settings_defaults(&settings);
    settings.box_threshold = -INFINITY;
    sfd_status status = sfd_proposals_begin(&p, "proposals", &video_id, 1, &settings, err);
    if (status != SFD_OK)
        return status;
    sfd_proposals_wants(p, video_id, strlen(video_id));
    for (size_t i = 0; i < n && status == SFD_OK; i++) {
        char place[40], time[SFD_DECIMAL_CHARS];
        snprintf(place, sizeof place, "proposal %zu", i);
        status = sfd_proposals_add_numbers(p, place, sfd_format_short(time, list[i].timestamp_s),
                                           &list[i], false, err);
    }
    if (status == SFD_ERR_FORMAT) { /* the caller's numbers, not a file's */
        status = SFD_ERR_ARG;
        if (err)
            err->status = status;
    }
    return sfd_proposals_finish(out, p, status, err);
}
