/* SPDX-License-Identifier: Apache-2.0 */
#include "persons/rcnn_convention.h"

#include "base/error.h"
#include "config/python_literals.h"
#include "weights/weights_config.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

#define MAX_ARENA_BYTES (16 << 20)

/* ImageNet's mean and deviation, and the deviation of networks that take the picture as it is. */
#define MEAN_BGR                                                                                   \
    {                                                                                              \
        103.53F, 116.28F, 123.675F                                                                 \
    }
#define MEAN_RGB                                                                                   \
    {                                                                                              \
        123.675F, 116.28F, 103.53F                                                                 \
    }
#define STD_RGB                                                                                    \
    {                                                                                              \
        58.395F, 57.12F, 57.375F                                                                   \
    }
#define STD_ONE                                                                                    \
    {                                                                                              \
        1, 1, 1                                                                                    \
    }
/* Of ResNeXt in Detectron2 and in MMDetection's copy of its weights. */
static const float std_resnext[3] = {57.375F, 57.12F, 58.395F};
static const float mean_bgr[3] = MEAN_BGR;

static const sfd_rcnn_convention conventions[] = {
    {.name = "Detectron2",
     .code_base = "Detectron2",
     .eps = 1e-5,
     .stride_in_1x1 = true,
     .resize = SFD_RCNN_RESIZE_PILLOW,
     .bgr = true,
     .mean = MEAN_BGR,
     .std = STD_ONE,
     .anchors = SFD_RCNN_ANCHORS_EXACT,
     .ranking = SFD_RCNN_RANK_LOGITS,
     .least_proposal_side = FLT_TRUE_MIN,
     .levels = SFD_RCNN_LEVEL_EPS_IN_LOG,
     .level_eps = 1e-8F,
     .aligned = true},
    {.name = "MMDetection, PyTorch style",
     .code_base = "MMDetection",
     .eps = 1e-5,
     .resize = SFD_RCNN_RESIZE_OPENCV,
     .mean = MEAN_RGB,
     .std = STD_RGB,
     .clamp_shrinking = true,
     .anchors = SFD_RCNN_ANCHORS_EXACT,
     .ranking = SFD_RCNN_RANK_SIGMOID,
     .least_proposal_side = FLT_TRUE_MIN,
     .levels = SFD_RCNN_LEVEL_FROM_FINEST,
     .level_eps = 1e-6F,
     .aligned = true},
    {.name = "torchvision",
     .code_base = "torchvision",
     .eps =
         0, /* overwritten when the published weights are loaded, and what is trained from them */
     .resize = SFD_RCNN_RESIZE_TORCH,
     .mean = MEAN_RGB,
     .std = STD_RGB,
     .anchors = SFD_RCNN_ANCHORS_ROUNDED,
     .ranking = SFD_RCNN_RANK_LOGITS_FIRST,
     .least_proposal_side = 1e-3F,
     .least_side = 1e-2F,
     .levels = SFD_RCNN_LEVEL_EPS_OUTSIDE,
     .level_eps = 1e-6F,
     .sampling = 2,
     .background_first = true},
    {.name = "Detectron",
     .code_base = "Detectron",
     .affine_norm = true,
     .stride_in_1x1 = true,
     .resize = SFD_RCNN_RESIZE_OPENCV_FLOAT,
     .bgr = true,
     .mean = {102.9801F, 115.9465F, 122.7717F},
     .std = STD_ONE,
     .plus_one = true,
     .anchors = SFD_RCNN_ANCHORS_PIXELS,
     .ranking = SFD_RCNN_RANK_SIGMOID,
     .levels = SFD_RCNN_LEVEL_EPS_IN_LOG,
     .level_eps = 1e-6F,
     .sampling = 2,
     .background_first = true},
};

/* Groups of the 3x3 convolutions, 1 where the tensors do not tell; *width: channels of a group. */
static size_t count_groups(const sfd_weights *w, size_t *width)
{
    const sfd_tensor_info *t = sfd_weights_find(w, "backbone.bottom_up.res2.0.conv2.weight");
    *width = t && t->n_dims == 4 ? t->dims[1] : 0;
    return *width > 0 ? t->dims[0] / *width : 1;
}

/* ------------------------------------------------------------------ torchvision */

/* Batch norm that is trained counts its batches; the published weights' is frozen. */
static void set_torchvision(sfd_rcnn_convention *c, const sfd_weights *w)
{
    const char *name, *reason;
    for (size_t i = 0; (name = sfd_weights_ignored(w, i, &reason)); i++)
        if (strstr(name, "num_batches_tracked"))
            c->eps = 1e-5;
}

/* ------------------------------------------------------------------ MMDetection */

static bool read_three(float to[3], const sfd_py *list)
{
    const sfd_py *v = list && list->type == SFD_PY_LIST ? list->child : NULL;
    int n = 0;
    for (; v && v->type == SFD_PY_NUMBER && n < 3; v = v->next)
        to[n++] = (float)v->number;
    return n == 3 && !v;
}

/* Mean, deviation and order of channels; version 3 on has them in the model. */
static bool read_normalising(sfd_rcnn_convention *c, const sfd_py *module)
{
    const sfd_py *in_model = sfd_py_get(sfd_py_get(module, "model"), "data_preprocessor");
    const sfd_py *dict = in_model ? in_model : sfd_py_get(module, "img_norm_cfg");
    const sfd_py *rgb = sfd_py_get(dict, in_model ? "bgr_to_rgb" : "to_rgb");
    float mean[3], std[3];
    if (!read_three(mean, sfd_py_get(dict, "mean")) || !read_three(std, sfd_py_get(dict, "std")) ||
        !rgb || rgb->type != SFD_PY_BOOL)
        return false;
    memcpy(c->mean, mean, sizeof mean);
    memcpy(c->std, std, sizeof std);
    c->bgr = rgb->number == 0;
    return true;
}

/* What a configuration in the file says. False where it leaves something open. */
static bool read_config(sfd_rcnn_convention *c, const sfd_py *module)
{
    const sfd_py *backbone = sfd_py_get(sfd_py_get(module, "model"), "backbone");
    const sfd_py *style = sfd_py_get(backbone, "style");
    c->stride_in_1x1 = sfd_py_is(style, "caffe");
    return read_normalising(c, module) && style;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Its zoo's Caffe style networks are called so, but for the one of persons alone. */
static bool is_called_caffe(const sfd_weights *w)
{
    const char *name = base_name(sfd_weights_origin(w));
    return strstr(name, "caffe") || strstr(name, "coco-person");
}

static void assume_mmdetection(sfd_rcnn_convention *c, char *remark, size_t remark_size,
                               const sfd_weights *w)
{
    const bool caffe = is_called_caffe(w);
    size_t width;
    const bool resnext_8d = count_groups(w, &width) > 1 && width == 8;
    if (caffe || resnext_8d) {
        c->bgr = true;
        memcpy(c->mean, mean_bgr, sizeof mean_bgr);
        for (int i = 0; i < 3; i++)
            c->std[i] = caffe ? 1 : std_resnext[i];
    }
    c->stride_in_1x1 = caffe;
    snprintf(remark, remark_size, "assumed: %s style, by the file's name",
             caffe ? "Caffe" : "PyTorch");
}

/* `c` is PyTorch style. */
static sfd_status set_mmdetection(sfd_rcnn_convention *c, char *remark, size_t remark_size,
                                  const sfd_weights *w, sfd_error *err)
{
    const char *text = sfd_weights_metadata(w, "mmaction2.cfg"); /* of all OpenMMLab's files */
    sfd_rcnn_convention read = *c;
    const sfd_py *module = NULL;
    sfd_arena arena;
    sfd_arena_init(&arena, MAX_ARENA_BYTES);
    sfd_status status = SFD_OK;
    if (text)
        status = sfd_py_parse(&module, &arena, text, strlen(text), sfd_weights_origin(w), err);
    const bool told = status == SFD_OK && module && read_config(&read, module);
    sfd_arena_free(&arena);
    if (told)
        *c = read;
    else
        assume_mmdetection(c, remark, remark_size, w);
    if (status == SFD_ERR_FORMAT) /* a configuration that cannot be read is none */
        status = SFD_OK;
    if (c->stride_in_1x1)
        c->name = "MMDetection, Caffe style";
    return status;
}

/* ------------------------------------------------------------------ all */

sfd_status sfd_rcnn_convention_of(sfd_rcnn_convention *c, char *remark, size_t remark_size,
                                  const sfd_weights *w, sfd_error *err)
{
    const char *code_base = sfd_weights_code_base(w);
    size_t width, i = 0;
    const size_t n = sizeof conventions / sizeof *conventions;
    *remark = '\0';
    while (i < n && (!code_base || strcmp(conventions[i].code_base, code_base) != 0))
        i++;
    if (i == n)
        return sfd_fail(err, SFD_ERR_MISMATCH, "%s: no Faster R-CNN of a known code base",
                        sfd_weights_origin(w));
    *c = conventions[i];
    if (strcmp(code_base, "MMDetection") == 0)
        return set_mmdetection(c, remark, remark_size, w, err);
    if (strcmp(code_base, "torchvision") == 0)
        set_torchvision(c, w);
    else if (count_groups(w, &width) > 1) {
        c->stride_in_1x1 = false;
        if (strcmp(code_base, "Detectron2") == 0)
            memcpy(c->std, std_resnext, sizeof std_resnext);
    }
    return SFD_OK;
}
