/* SPDX-License-Identifier: Apache-2.0 */
/* Marks as annotations: one for each box, moved to where its person is at the moment. */
#include "base/alloc.h"
#include "base/decimal.h"
#include "base/error.h"
#include "pipeline/overlay.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* More labels than this on one box would hide the picture; the best are shown. */
#define MAX_BOX_LINES   5
#define MAX_SHOWN_SCORE 1e9

/* ------------------------------------------------------------------- places */

/* True and *box, where the tracks have the person of a prediction. */
static bool track_place(const sfd_overlay *o, const sfd_mark *m, double timestamp_s,
                        sfd_box_norm *box)
{
    size_t low = 0, end = sfd_tracks_count(o->tracks);
    sfd_track_info info;
    sfd_track_box place;
    while (low < end) {
        const size_t middle = low + (end - low) / 2;
        sfd_tracks_get(o->tracks, middle, &info);
        if (info.has_person_id && info.person_id < m->person_id)
            low = middle + 1;
        else
            end = middle;
    }
    if (low == sfd_tracks_count(o->tracks))
        return false;
    sfd_tracks_get(o->tracks, low, &info);
    if (!info.has_person_id || info.person_id != m->person_id ||
        !sfd_tracks_place(o->tracks, low, timestamp_s, &place))
        return false;
    *box = place.box;
    return true;
}

static double between(double a, double b, double t)
{
    return a + (b - a) * t;
}

/* Where the box of mark m is at the moment; false: it stands still. */
static bool moved_box(const sfd_overlay *o, const sfd_mark *m, double timestamp_s,
                      sfd_box_norm *box)
{
    *box = m->box;
    if (!m->has_person_id || timestamp_s == m->timestamp_s)
        return false;
    if (o->tracks && m->kind == SFD_MARK_PREDICTION && track_place(o, m, timestamp_s, box))
        return true;
    const sfd_mark_link *link = &o->links[m - o->marks];
    const sfd_mark *other = timestamp_s > m->timestamp_s ? link->after : link->before;
    if (!other || !(fabs(other->timestamp_s - m->timestamp_s) <= SFD_MAX_MOVE_S))
        return false;
    const double t = (timestamp_s - m->timestamp_s) / (other->timestamp_s - m->timestamp_s);
    const sfd_box_norm *a = &m->box, *b = &other->box;
    *box = (sfd_box_norm){between(a->x1, b->x1, t), between(a->y1, b->y1, t),
                          between(a->x2, b->x2, t), between(a->y2, b->y2, t)};
    return true;
}

/* -------------------------------------------------------------------- texts */

/* One line of a plate, to be freed: "stand 0.93", for ground truth "stand". */
static char *label_text(const sfd_overlay *o, const sfd_mark *m, const char *person)
{
    char unlisted[SFD_DECIMAL_CHARS], *text;
    const char *name = sfd_labels_short_name(o->labels, m->action_id);
    int n;
    if (!name) {
        snprintf(unlisted, sizeof unlisted, "action %d", m->action_id);
        name = unlisted;
    }
    long long hundredths = llround(fmin(fabs(m->score), MAX_SHOWN_SCORE) * 100);
    if (m->kind == SFD_MARK_PREDICTION)
        n = asprintf(&text, "%s%s %s%lld.%02lld", person, name, m->score < 0 ? "-" : "",
                     hundredths / 100, hundredths % 100);
    else
        n = asprintf(&text, "%s", name);
    return n < 0 ? NULL : text;
}

/* The first line of a person's plate begins with the id: "#3 stand 0.93". Labels come best first,
 * so that a first mark without one is a box without any. */
static bool add_line(const sfd_overlay *o, const sfd_mark *m, sfd_annotation *a,
                     sfd_label_line *line)
{
    char person[SFD_DECIMAL_CHARS] = "";
    if (m->has_person_id && m->kind == SFD_MARK_PREDICTION && a->n_lines == 0)
        snprintf(person, sizeof person, m->action_id ? "#%lld " : "#%lld", (long long)m->person_id);
    if ((m->action_id == 0 && !*person) || a->n_lines == MAX_BOX_LINES)
        return true;
    line->text = m->action_id ? label_text(o, m, person) : sfd_strdup(person);
    a->n_lines += line->text != NULL;
    return line->text != NULL;
}

static sfd_colour colour_of(const sfd_mark *m)
{
    return m->kind == SFD_MARK_GROUND_TRUTH ? sfd_colour_truth
           : m->has_person_id               ? sfd_colour_of_person(m->person_id)
                                            : sfd_colour_prediction;
}

/* -------------------------------------------------------------- annotations */

typedef struct annotations {
    sfd_annotation *list;
    size_t n;
    sfd_label_line *lines;
    size_t n_lines;
} annotations;

static void free_annotations(annotations *a)
{
    for (size_t i = 0; i < a->n_lines; i++)
        free((char *)a->lines[i].text);
    free(a->lines);
    free(a->list);
}

/* The marks of one box become one annotation. */
static sfd_status annotate(annotations *a, const sfd_overlay *o, const sfd_moment *moment,
                           sfd_error *err)
{
    const sfd_mark_group *g = moment->group;
    a->list = sfd_calloc(g->n_marks, sizeof *a->list);
    a->lines = sfd_calloc(g->n_marks, sizeof *a->lines);
    bool ok = a->list && a->lines;
    for (size_t i = g->first; ok && i < g->first + g->n_marks; i++) {
        const sfd_mark *m = &o->marks[i];
        if (i == g->first || !sfd_mark_same_box(m, m - 1)) {
            sfd_annotation *next = &a->list[a->n++];
            *next = (sfd_annotation){.colour = colour_of(m), .lines = &a->lines[a->n_lines]};
            next->hidden = !moved_box(o, m, moment->timestamp_s, &next->box) && moment->moving_only;
        }
        sfd_annotation *last = &a->list[a->n - 1];
        const size_t before = last->n_lines;
        ok = add_line(o, m, last, &a->lines[a->n_lines]);
        a->n_lines += last->n_lines - before;
    }
    return ok ? SFD_OK : sfd_fail_nomem(err, o->video_id);
}

sfd_status sfd_overlay_plates(sfd_plates **out, const sfd_overlay *o, const sfd_mark_group *group,
                              const sfd_font *font, int width, int height, sfd_error *err)
{
    annotations a = {0};
    *out = NULL;
    sfd_status status = annotate(&a, o, &(sfd_moment){group, group->timestamp_s, false}, err);
    if (status == SFD_OK)
        status = sfd_plates_place(out, width, height, font, a.list, a.n, err);
    free_annotations(&a);
    return status;
}

sfd_status sfd_overlay_draw(const sfd_overlay *o, const sfd_moment *moment, const sfd_font *font,
                            const sfd_plates *plates, sfd_picture *p, sfd_error *err)
{
    annotations a = {0};
    sfd_status status = annotate(&a, o, moment, err);
    if (status == SFD_OK)
        status = sfd_draw_annotations(p, font, a.list, a.n, plates, err);
    free_annotations(&a);
    return status;
}
