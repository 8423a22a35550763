/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/nms.h"

#include "persons/box_coder.h"

#include <string.h>

static float least(float a, float b)
{
    return a < b ? a : b;
}

static float most(float a, float b)
{
    return a > b ? a : b;
}

static float iou_of(const sfd_box_px *a, const sfd_box_px *b, float areas, float more)
{
    const float width = least(a->x2, b->x2) - most(a->x1, b->x1) + more;
    const float height = least(a->y2, b->y2) - most(a->y1, b->y1) + more;
    if (!(width > 0 && height > 0))
        return 0;
    const float both = width * height;
    return both / (areas - both);
}

static bool is_too_much(const sfd_nms_rule *rule, float overlap)
{
    return rule->plus_one ? overlap >= rule->iou : overlap > rule->iou;
}

size_t sfd_nms(const sfd_nms_rule *rule, sfd_scored_box *boxes, size_t n, float *areas)
{
    const float more = rule->plus_one ? 1 : 0;
    size_t kept = 0;
    for (size_t i = 0; i < n && kept < rule->most; i++) {
        const sfd_scored_box b = boxes[i];
        const float area = sfd_box_px_area(&b.box, rule->plus_one);
        size_t k = 0;
        while (k < kept &&
               (boxes[k].level != b.level ||
                !is_too_much(rule, iou_of(&boxes[k].box, &b.box, areas[k] + area, more))))
            k++;
        if (k < kept)
            continue;
        areas[kept] = area;
        boxes[kept++] = b;
    }
    return kept;
}

static void merge(sfd_scored_box *to, const sfd_scored_box *a, size_t n_a, size_t n_b)
{
    const sfd_scored_box *b = a + n_a, *end_a = b, *end_b = b + n_b;
    while (a < end_a && b < end_b)
        *to++ = b->score > a->score ? *b++ : *a++;
    memcpy(to, a, (size_t)(end_a - a) * sizeof *to);
    memcpy(to + (end_a - a), b, (size_t)(end_b - b) * sizeof *to);
}

void sfd_scored_sort(sfd_scored_box *boxes, size_t n, sfd_scored_box *scratch)
{
    sfd_scored_box *from = boxes, *to = scratch;
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t i = 0; i < n; i += 2 * width) {
            const size_t n_a = n - i < width ? n - i : width;
            const size_t left = n - i - n_a;
            merge(to + i, from + i, n_a, left < width ? left : width);
        }
        sfd_scored_box *swap = from;
        from = to;
        to = swap;
    }
    if (from != boxes)
        memcpy(boxes, from, n * sizeof *boxes);
}
