/* SPDX-License-Identifier: Apache-2.0 */
/* YOLOX's conventions: the picture in the upper left of a square of 114 (tools/demo.py), B, G, R in
 * 0..255; boxes relative to their cell, widths as exponentials. In networks of our own training the
 * metadata tell the size, and the border ends at the next multiple of the strides. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "persons/family.h"
#include "persons/person_class.h"
#include "persons/yolox_graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BORDER       114
#define NMS_IOU      0.45
#define COCO_CLASSES 80
#define SMALL_WIDTH  32 /* stems below belong to networks that are tested at 416 pixels */

#define STRIDE   32 /* the largest */
#define MAX_SIDE 4096

typedef struct yolox {
    sfd_yolox_config config;
    int side;    /* of the picture, the longer one */
    bool square; /* the network's picture is one */
    float nms_iou;
    int person; /* which class */
} yolox;

static sfd_status bad_metadata(const sfd_weights *w, const char *key, const char *wanted,
                               sfd_error *err)
{
    return sfd_fail(err, SFD_ERR_FORMAT, "%s: %s is \"%.40s\", wanted %s", sfd_weights_origin(w),
                    key, sfd_weights_metadata(w, key), wanted);
}

/* The original's, or what the metadata tell. */
static sfd_status read_conventions(yolox *y, const sfd_weights *w, sfd_error *err)
{
    const char *side = sfd_weights_metadata(w, SFD_METADATA_PERSON_SIDE);
    const char *iou = sfd_weights_metadata(w, SFD_METADATA_PERSON_NMS);
    long long n = y->config.width < SMALL_WIDTH ? 416 : 640;
    double limit = NMS_IOU;
    if (side &&
        (!sfd_parse_long(side, strlen(side), &n) || n < STRIDE || n > MAX_SIDE || n % STRIDE != 0))
        return bad_metadata(w, SFD_METADATA_PERSON_SIDE, "a multiple of 32 up to 4096", err);
    if (iou && (!sfd_parse_double(iou, strlen(iou), &limit) || !(limit > 0 && limit <= 1)))
        return bad_metadata(w, SFD_METADATA_PERSON_NMS, "a number above 0, up to 1", err);
    y->side = (int)n;
    y->square = !side;
    y->nms_iou = (float)limit;
    return SFD_OK;
}

static sfd_status build(sfd_graph *g, void **own, const sfd_weights *w, sfd_error *err)
{
    yolox *y = sfd_calloc(1, sizeof *y);
    *own = y;
    if (!y)
        return sfd_fail_nomem(err, sfd_weights_origin(w));
    sfd_status status = sfd_yolox_infer(&y->config, w, err);
    if (status == SFD_OK)
        status = sfd_person_class_find(&y->person, w, y->config.n_classes, COCO_CLASSES,
                                       "head.cls_preds.0.weight", err);
    if (status == SFD_OK)
        status = read_conventions(y, w, err);
    return status == SFD_OK ? sfd_yolox_build(g, &y->config, sfd_weights_origin(w), err) : status;
}

static double scale_of(const yolox *y, int width, int height)
{
    return fmin((double)y->side / height, (double)y->side / width);
}

/* A side of the picture within the network's; thin pictures keep a pixel. */
static int scaled(int side, double scale)
{
    const int n = (int)(side * scale);
    return n > 0 ? n : 1;
}

static int padded(const yolox *y, int side)
{
    return y->square ? y->side : (side + STRIDE - 1) / STRIDE * STRIDE;
}

static void input_size(const void *own, int width, int height, int *in_width, int *in_height)
{
    const yolox *y = own;
    const double scale = scale_of(y, width, height);
    *in_width = padded(y, scaled(width, scale));
    *in_height = padded(y, scaled(height, scale));
}

static int filled_rows(const void *own, int width, int height)
{
    return scaled(height, scale_of(own, width, height));
}

/* The picture in the upper left, B, G, R; the rest is border. */
static void place_floats(float *out, size_t ld, const sfd_map *input, const sfd_rgb *small)
{
    const size_t width = (size_t)input->size[2];
    for (size_t i = 0; i < sfd_map_positions(input); i++)
        for (size_t c = 0; c < 3; c++)
            out[i * ld + c] = BORDER;
    for (size_t row = 0; row < (size_t)small->height; row++)
        for (size_t col = 0; col < (size_t)small->width; col++)
            for (size_t c = 0; c < 3; c++)
                out[(row * width + col) * ld + c] =
                    small->rgb[row * small->stride_bytes + 3 * col + 2 - c];
}

static void place_bytes(uint8_t *out, size_t ld, const sfd_map *input, const sfd_rgb *small)
{
    const size_t width = (size_t)input->size[2];
    memset(out, BORDER, sfd_map_positions(input) * ld);
    for (size_t row = 0; row < (size_t)small->height; row++)
        for (size_t col = 0; col < (size_t)small->width; col++)
            for (size_t c = 0; c < 3; c++)
                out[(row * width + col) * ld + c] =
                    small->rgb[row * small->stride_bytes + 3 * col + 2 - c];
}

static sfd_status fill(const void *own, const sfd_rgb *picture, const sfd_map *input,
                       sfd_error *err)
{
    const yolox *y = own;
    const double scale = scale_of(y, picture->width, picture->height);
    sfd_rgb small = {.width = scaled(picture->width, scale),
                     .height = scaled(picture->height, scale)};
    small.stride_bytes = 3 * (size_t)small.width;
    small.rgb = sfd_malloc_array((size_t)small.height, small.stride_bytes);
    if (!small.rgb)
        return sfd_fail_nomem(err, "resizing a picture");
    const sfd_status status = sfd_resize_linear(&small, picture, err);
    if (status == SFD_OK && input->dtype == SFD_U8)
        place_bytes(input->data, input->ld, input, &small);
    else if (status == SFD_OK)
        place_floats(input->data, input->ld, input, &small);
    free(small.rgb);
    return status;
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* The outputs of one level at one position. */
typedef struct cell {
    const float *box, *classes;
    float object;
} cell;

static const float *at(const sfd_map *m, size_t position)
{
    return (const float *)m->data + position * m->ld;
}

/* A person is what scores best as one. */
static bool is_person(const yolox *y, const cell *c)
{
    const float own = c->classes[y->person];
    for (int k = 0; k < y->config.n_classes; k++)
        if (k != y->person && !(c->classes[k] < own || (c->classes[k] == own && k > y->person)))
            return false;
    return true;
}

static sfd_box_px decode(const float *box, int column, int row, int stride, float scale)
{
    const float s = (float)stride;
    const float x = (box[0] + (float)column) * s, y = (box[1] + (float)row) * s;
    const float w = expf(box[2]) * s, h = expf(box[3]) * s;
    return (sfd_box_px){(x - w / 2) / scale, (y - h / 2) / scale, (x + w / 2) / scale,
                        (y + h / 2) / scale};
}

static sfd_status read_level(const yolox *y, const sfd_executor *e, int level, float scale,
                             double threshold, sfd_box_list *out, sfd_error *err)
{
    const sfd_graph *g = e->executable->graph;
    const sfd_map classes = sfd_executor_map(e, g->outputs[3 * level].tensor);
    const sfd_map boxes = sfd_executor_map(e, g->outputs[3 * level + 1].tensor);
    const sfd_map objects = sfd_executor_map(e, g->outputs[3 * level + 2].tensor);
    const int width = boxes.size[2];
    sfd_status status = SFD_OK;
    for (size_t i = 0; status == SFD_OK && i < sfd_map_positions(&boxes); i++) {
        const cell c = {at(&boxes, i), at(&classes, i), *at(&objects, i)};
        const float score = sigmoid(c.object) * sigmoid(c.classes[y->person]);
        if (!((double)score >= threshold) || !is_person(y, &c))
            continue;
        const sfd_box_px box = decode(c.box, (int)i % width, (int)i / width, 8 << level, scale);
        status = sfd_box_list_add(out, &box, score, err);
    }
    return status;
}

static sfd_status read(const void *own, const sfd_executor *e, const sfd_rgb *picture,
                       double threshold, void **room, sfd_box_list *out, sfd_error *err)
{
    const yolox *y = own;
    (void)room;
    const float scale = (float)scale_of(y, picture->width, picture->height);
    sfd_status status = SFD_OK;
    for (int level = 0; status == SFD_OK && level < SFD_YOLOX_LEVELS; level++)
        status = read_level(y, e, level, scale, threshold, out, err);
    if (status == SFD_OK)
        status = sfd_box_list_sort(out, err);
    if (status == SFD_OK)
        sfd_box_list_suppress(out, y->nms_iou);
    return status;
}

const sfd_person_family sfd_person_yolox = {.name = "YOLOX",
                                            .recognise = sfd_yolox_recognise,
                                            .build = build,
                                            .input_size = input_size,
                                            .filled_rows = filled_rows,
                                            .takes_bytes = true,
                                            .fill = fill,
                                            .read = read};
