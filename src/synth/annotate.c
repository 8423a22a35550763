/* SPDX-License-Identifier: Apache-2.0 */
/* Visibility, boxes and their imperfections. */
#include "synth/annotate.h"

#include <math.h>

/* Shares of a figure that must show. */
#define SHOWS_WELL   0.42
#define SHOWS_HARDLY 0.22

#define JITTER        0.035 /* of the side, standard deviation of each corner */
#define MISS_CHANCE   0.03
#define UNSURE_CHANCE 0.04
#define FALSE_CHANCE  0.15 /* twice a keyframe */

static double area(const sfd_extent *e)
{
    return fmax(e->x1 - e->x0, 0) * fmax(e->y1 - e->y0, 0);
}

/* Share that is inside the picture times share of that which nothing hides. */
static double shown(const sfd_sight *s, int width, int height)
{
    const sfd_extent *whole = &s->outline.whole;
    sfd_extent cut = {fmax(whole->x0, 0), fmax(whole->y0, 0), fmin(whole->x1, width),
                      fmin(whole->y1, height)};
    double all = area(whole);
    if (all <= 0 || s->drawn_px == 0)
        return 0;
    return area(&cut) / all * (double)s->visible_px / (double)s->drawn_px;
}

static int mille(double v)
{
    return (int)sfd_clamp(v, 0, 1000);
}

static sfd_mille_box enclosing(const sfd_extent *e, int width, int height)
{
    double kx = 1000.0 / width, ky = 1000.0 / height;
    return (sfd_mille_box){mille(floor(e->x0 * kx)), mille(floor(e->y0 * ky)),
                           mille(ceil(e->x1 * kx)), mille(ceil(e->y1 * ky))};
}

void sfd_truth_collect(sfd_truth *out, const sfd_world *w, double t, int width, int height,
                       const sfd_sight *sights)
{
    out->n = 0;
    out->doubtful = false;
    for (size_t i = 0; i < sfd_world_n_people(w); i++) {
        double share = shown(&sights[i], width, height);
        out->doubtful |= share > SHOWS_HARDLY && share < SHOWS_WELL;
        if (share < SHOWS_WELL)
            continue;
        sfd_truth_person *p = &out->people[out->n++];
        p->person = i;
        p->box = enclosing(&sights[i].outline.inside, width, height);
        sfd_world_labels(w, i, t, p->labels);
    }
}

/* At least a hundredth wide. */
static void order(int *low, int *high)
{
    *low = (int)sfd_clamp(*low, 0, 990);
    *high = (int)sfd_clamp(*high, *low + 10, 1000);
}

static sfd_mille_box jittered(const sfd_mille_box *b, sfd_random *r)
{
    double dx = JITTER * (b->x2 - b->x1), dy = JITTER * (b->y2 - b->y1);
    sfd_mille_box j;
    j.x1 = b->x1 + (int)(dx * sfd_random_normal(r));
    j.y1 = b->y1 + (int)(dy * sfd_random_normal(r));
    j.x2 = b->x2 + (int)(dx * sfd_random_normal(r));
    j.y2 = b->y2 + (int)(dy * sfd_random_normal(r));
    order(&j.x1, &j.x2);
    order(&j.y1, &j.y2);
    return j;
}

static sfd_mille_box anywhere(sfd_random *r)
{
    sfd_mille_box b;
    b.x1 = (int)sfd_random_below(r, 850);
    b.y1 = (int)sfd_random_below(r, 500);
    b.x2 = b.x1 + 60 + (int)sfd_random_below(r, 200);
    b.y2 = b.y1 + 200 + (int)sfd_random_below(r, 300);
    order(&b.x1, &b.x2);
    order(&b.y1, &b.y2);
    return b;
}

size_t sfd_truth_guess(sfd_guess out[SFD_MAX_GUESSES], const sfd_truth *truth, sfd_random *r)
{
    size_t n = 0;
    for (size_t i = 0; i < truth->n; i++) {
        if (sfd_random_chance(r, MISS_CHANCE))
            continue;
        out[n].box = jittered(&truth->people[i].box, r);
        bool unsure = sfd_random_chance(r, UNSURE_CHANCE);
        double doubt = sfd_random_unit(r);
        out[n++].score_mille = unsure ? (int)(300 + 480 * doubt) : (int)(999 - 140 * doubt * doubt);
    }
    for (int i = 0; i < 2; i++)
        if (sfd_random_chance(r, FALSE_CHANCE)) {
            out[n].box = anywhere(r);
            bool bold = sfd_random_chance(r, 0.2);
            double doubt = sfd_random_unit(r);
            out[n++].score_mille = (int)(bold ? 800 + 100 * doubt : 200 + 580 * doubt);
        }
    return n;
}
